import { expect, test } from "vitest";
import { backoffMs, Loop, SILENT, withDeadline } from "#realtime/timing.ts";

test("a loop never runs twice at once, takes what the same turn adds along, and forgets no start", async () => {
  let [running, most, runs] = [0, 0, 0];
  const gates: (() => void)[] = [];
  const loop = new Loop(async () => {
    most = Math.max(most, ++running);
    runs++;
    await new Promise<void>((resolve) => gates.push(resolve));
    running--;
  });
  loop.start();
  loop.start();
  await Promise.resolve();
  expect(runs).toBe(1);
  loop.start();
  gates.shift()?.();
  // A start at every microtask around the end of a run must bring another one.
  for (let turn = 0; turn < 12; turn++) {
    await Promise.resolve();
    loop.start();
    const before = runs;
    for (let open = gates.shift(); open; open = gates.shift()) open();
    for (let wait = 0; wait < 10 && runs === before; wait++) await Promise.resolve();
    expect(runs).toBeGreaterThan(before);
  }
  for (let turn = 0; turn < 20; turn++) {
    gates.shift()?.();
    await Promise.resolve();
  }
  await loop.idle();
  expect([running, most]).toEqual([0, 1]);
});

test("a deadline lets answers and errors through, and turns silence into an error with a code", async () => {
  expect(await withDeadline(Promise.resolve(1), 1_000)).toBe(1);
  await expect(withDeadline(Promise.reject(new Error("no")), 1_000)).rejects.toThrow("no");
  await expect(withDeadline(new Promise(() => {}), 1)).rejects.toMatchObject({ code: SILENT });
});

test("backoff grows to its limit and never vanishes", () => {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    const ms = backoffMs(attempt, 10, 1_000);
    expect(ms).toBeGreaterThanOrEqual(5);
    expect(ms).toBeLessThanOrEqual(Math.min(1_000, 10 * 2 ** attempt));
  }
});
