import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Progress } from "#features/execution/ledger.ts";
import { createProgressWriter } from "#features/execution/progress-writer.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function writer(fail: () => boolean = () => false) {
  const written: number[] = [];
  const errors: unknown[] = [];
  const write = async ({ done }: Progress) => {
    if (fail()) throw new Error("no database");
    written.push(done);
  };
  return { written, errors, ...createProgressWriter(write, (error) => errors.push(error)) };
}

test("writes at most once in 100 ms, the newest each time, and the last always", async () => {
  const progress = writer();
  for (let done = 1; done <= 100; done++) {
    progress.report(done, 100, "");
    await vi.advanceTimersByTimeAsync(5);
  }
  progress.report(101, 100, "");
  await progress.finish();
  expect(progress.written.length).toBeLessThanOrEqual(7);
  expect(progress.written.at(-1)).toBe(101);
  progress.report(102, 100, "");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(progress.written.at(-1)).toBe(101);
});

test("odd figures become whole numbers that a column can hold", async () => {
  const written: Progress[] = [];
  const progress = createProgressWriter(
    async (each) => void written.push(each),
    () => {},
  );
  progress.report(-0.4, Number.NaN, "");
  await vi.advanceTimersByTimeAsync(0);
  progress.report(1e300, Number.POSITIVE_INFINITY, "");
  await vi.advanceTimersByTimeAsync(100);
  progress.report(1.6, null, "");
  await progress.finish();
  expect(written).toEqual([
    { done: 0, total: 0, message: "" },
    { done: Number.MAX_SAFE_INTEGER, total: 0, message: "" },
    { done: 2, total: null, message: "" },
  ]);
});

test("a failed write is told at once and once more at the end, and nothing is written after it", async () => {
  let failing = true;
  const progress = writer(() => failing);
  progress.report(1, 2, "");
  await vi.advanceTimersByTimeAsync(0);
  expect(progress.errors).toHaveLength(1);
  failing = false;
  progress.report(2, 2, "");
  await expect(progress.finish()).rejects.toThrow("no database");
  expect(progress.written).toEqual([]);
});

test("what is dropped is not written", async () => {
  const progress = writer();
  progress.report(1, 2, "");
  await progress.drop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(progress.written).toEqual([]);
});
