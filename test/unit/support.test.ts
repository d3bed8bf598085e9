import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { createTestClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { createRandom } from "../support/random.ts";
import { startWatch } from "../support/stopwatch.ts";

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

test("a watch leaves out the time in which the whole process stood still", async () => {
  const script = `
    import { startWatch } from ${JSON.stringify(import.meta.resolve("../support/stopwatch.ts"))};
    const [elapsedMs, at] = [startWatch(), performance.now()];
    process.stdin.on("data", () => console.log(performance.now() - at - elapsedMs())).on("end", () => process.exit());`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  // The first times may be too early for its thread.
  await eventually(
    async () => {
      child.kill("SIGSTOP");
      const at = performance.now();
      await eventually(() => performance.now() - at > 300);
      child.kill("SIGCONT");
      child.stdin.write("?");
      return Number((await answers.next()).value) > 250;
    },
    { what: "a pause to be left out" },
  );
  child.stdin.end();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("a watch counts the time in which something kept its own thread busy", () => {
  const elapsedMs = startWatch();
  const before = process.cpuUsage();
  for (let used = 0; used < 300_000; ) {
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  expect(elapsedMs()).toBeGreaterThan(250);
});
