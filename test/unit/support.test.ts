import { expect, test } from "vitest";
import { createTestClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { createRandom } from "../support/random.ts";

test("a clock runs timers in the order of their moments, also those that a timer sets", () => {
  const clock = createTestClock(0);
  const ran: string[] = [];
  clock.setTimeout(() => ran.push(`b at ${clock.now()}`), 20);
  clock.setTimeout(() => {
    ran.push(`a at ${clock.now()}`);
    clock.setTimeout(() => ran.push(`a2 at ${clock.now()}`), 5);
  }, 10);
  clock.setTimeout(() => ran.push("cancelled"), 15)();
  clock.advance(30);
  expect(ran).toEqual(["a at 10", "a2 at 15", "b at 20"]);
  expect(clock.pending()).toBe(0);
});

test("the same seed gives the same choices", () => {
  const draw = (seed: number) => {
    const random = createRandom(seed);
    return [random.int(1, 1000), random.pick(["a", "b", "c"]), random.shuffle([1, 2, 3, 4, 5])];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test("eventually reports what it waited for and the last failure", async () => {
  let looks = 0;
  const look = () => {
    looks += 1;
    return looks === 3;
  };
  await expect(eventually(look)).resolves.toBe(true);
  const waiting = eventually(() => expect(looks).toBe(99), { timeoutMs: 30, what: "99 looks" });
  await expect(waiting).rejects.toThrow(/Waited 30 ms for 99 looks: expected 3 to be 99/);
});
