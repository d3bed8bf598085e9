import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDatabaseProbe } from "#features/system/database-probe.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("however many want to know, the database is asked once, and again when the answer is old", async () => {
  const ask = vi.fn(async () => "1");
  const answers = createDatabaseProbe(ask);
  expect(await Promise.all([answers(), answers(), answers()])).toEqual([true, true, true]);
  expect(await answers()).toBe(true);
  expect(ask).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  ask.mockRejectedValueOnce(new Error("refused"));
  expect(await answers()).toBe(false);
  expect(ask).toHaveBeenCalledTimes(2);
});

test("a silent database is called away after a moment and not asked a second time before it has answered", async () => {
  const silent = Promise.withResolvers<void>();
  const ask = vi.fn(() => silent.promise);
  const answers = createDatabaseProbe(ask);
  const first = answers();
  await vi.advanceTimersByTimeAsync(1_500);
  expect(await first).toBe(false);
  await vi.advanceTimersByTimeAsync(60_000);
  const second = answers();
  await vi.advanceTimersByTimeAsync(0);
  expect(await second).toBe(false);
  silent.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(await answers()).toBe(true);
  expect(ask).toHaveBeenCalledTimes(1);
});
