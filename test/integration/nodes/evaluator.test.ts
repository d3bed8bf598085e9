import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { createEvaluator, type EvaluatorOptions } from "#nodes/evaluator.ts";
import type { Json } from "#nodes/graph.ts";
import { runNode } from "#nodes/runners.ts";
import { eventually } from "../../support/eventually.ts";
import { startWatch } from "../../support/stopwatch.ts";

const never = new AbortController().signal;
const ENDLESS = "($f := function($n) { $f($n + 1) }; $f(0))";
const MEMORY_EATER = "$reduce([1..40], function($a) { $a & $a }, 'xxxxxxxxxxxxxxxxxxxxxxxx')";

function evaluator(options: EvaluatorOptions = {}) {
  const own = createEvaluator(options);
  return {
    run: (
      expression: string,
      inputs: Json[],
      { as = "value" as "value" | "boolean", timeoutMs = 60_000, maxBytes = 4_000_000, signal = never } = {},
    ) => own.evaluate({ expression, inputs, as, timeoutMs, maxBytes }, signal).then(({ results }) => results),
    evaluate: own.evaluate,
    [Symbol.asyncDispose]: () => own.close(),
  };
}

test("evaluates once for each input, and says where there is no result", async () => {
  await using jsonata = evaluator();
  expect(await jsonata.run("amount * 2", [{ amount: 1 }, {}, { amount: 3 }])).toEqual([2, undefined, 6]);
  expect(await jsonata.run("$sum($)", [[1, 2, 3]])).toEqual([6]);
  expect(await jsonata.run("tags", [{ tags: [] }, { tags: ["a"] }, 0, ""], { as: "boolean" })).toEqual([false, true, undefined, undefined]);
});

test("a mistake in the expression is told with its place and item", async () => {
  await using jsonata = evaluator();
  await expect(jsonata.run("a +", [1])).rejects.toMatchObject({
    code: "EXPRESSION_FAILED",
    message: expect.stringContaining("at character"),
  });
  await expect(jsonata.run("$uppercase($)", ["a", 1])).rejects.toMatchObject({ message: expect.stringContaining("with item 2") });
});

test("[NODE2] an endless expression is ended by force while the event loop goes on", async () => {
  await using jsonata = evaluator();
  await jsonata.run("1", [null]);
  using delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const elapsedMs = startWatch();
  await expect(jsonata.run(ENDLESS, [null], { timeoutMs: 300 })).rejects.toMatchObject({ code: "EXPRESSION_TIMEOUT" });
  expect(elapsedMs()).toBeLessThan(1_500);
  expect(delay.percentile(50) / 1e6).toBeLessThan(50);
  expect(await jsonata.run("1 + 1", [null])).toEqual([2]);
});

test("[NODE2] an expression that eats memory is ended, and the process lives", async () => {
  await using jsonata = evaluator({ memoryMb: 32 });
  const eaten = jsonata.run("($f := function($l) { $f($append($l, $l)) }; $f([1..1000]))", [null], { timeoutMs: 60_000 });
  await expect(eaten).rejects.toMatchObject({ code: expect.stringMatching(/EXPRESSION_(TOO_LARGE|FAILED)/) });
  await expect(jsonata.run(MEMORY_EATER, [null], { timeoutMs: 60_000 })).rejects.toMatchObject({ name: "NodeFailure" });
  expect(await jsonata.run("1 + 1", [null])).toEqual([2]);
});

test("[JOB2] cancelling ends an endless expression at once, and one that still waits for its turn", async () => {
  await using jsonata = evaluator({ processes: 1 });
  const abort = new AbortController();
  const running = jsonata.run(ENDLESS, [null], { timeoutMs: 30_000, signal: abort.signal });
  const waiting = jsonata.run("1", [null], { signal: abort.signal });
  const next = jsonata.run("2", [null]);
  const reason = new Error("cancelled");
  abort.abort(reason);
  await Promise.all([expect(running).rejects.toBe(reason), expect(waiting).rejects.toBe(reason)]);
  expect(await next).toEqual([2]);
});

test("an expression sees neither the server's environment nor its modules", async () => {
  await using jsonata = evaluator();
  expect(await jsonata.run("process.env", [{}])).toEqual([undefined]);
  await expect(jsonata.run("$eval('require(\"fs\")')", [{}])).rejects.toMatchObject({ code: "EXPRESSION_FAILED" });
});

test("[NODE2] results have a bound in bytes, for one bundle and for all of a node's items", async () => {
  await using jsonata = evaluator({ processes: 1 });
  expect(await jsonata.run("$", ["ä", "b"], { maxBytes: 7 })).toEqual(["ä", "b"]);
  await expect(jsonata.run("$", ["ä", "b"], { maxBytes: 6 })).rejects.toMatchObject({ code: "ITEMS_TOO_LARGE", retryable: false });
  const input: Json[] = new Array(100_000).fill(1);
  let evaluated = 0;
  const progress = (done: number) => {
    evaluated = done;
  };
  const call = { input, executionInput: null, attempt: 1, signal: never, progress };
  const capabilities = { evaluate: jsonata.evaluate, fetch: () => Promise.reject(new Error("It asks nobody.")), origin: "" };
  const parameters = { expression: `$pad("", 10000, "x")`, timeoutMs: 30_000 };
  const node = { id: "a", type: "transform" as const, name: "A", position: { x: 0, y: 0 }, parameters };
  await expect(runNode(node, capabilities, call)).rejects.toMatchObject({ code: "ITEMS_TOO_LARGE" });
  // 200 items are one bundle, and two bundles of 2 MB are all that there is room for.
  expect(evaluated).toBeLessThanOrEqual(400);
});

const FATAL = [
  "[1..9999999]",
  '$pad("",100000000,"x")',
  '$split($pad("",20000000,"x"),"")',
  '$base64encode($pad("",300000000,"x"))',
  "$reverse([1..9999999])",
  "$string([1..9999999])",
];

for (const expression of FATAL) {
  test(`[NODE2] an expression that would make V8 abort fails alone: ${expression}`, async () => {
    await using jsonata = evaluator({ processes: 1 });
    await expect(jsonata.run(expression, [1], { timeoutMs: 60_000 })).rejects.toMatchObject({
      name: "NodeFailure",
      code: expect.stringMatching(/EXPRESSION_(TOO_LARGE|FAILED)|ITEMS_TOO_LARGE/),
      retryable: false,
    });
    expect(await jsonata.run("1 + 1", [null])).toEqual([2]);
  });
}

test("[NODE2] a result that is nested too deeply is refused, and never sent to a process with a smaller stack", async () => {
  await using jsonata = evaluator({ processes: 1 });
  const nested = (levels: number) => `$reduce([1..${levels}], function($inner, $n) { { "in": $inner } }, 0)`;
  for (const levels of [201, 1_000, 5_000, 20_000]) {
    await expect(jsonata.run(nested(levels), [null]), String(levels)).rejects.toMatchObject({ code: "EXPRESSION_FAILED" });
  }
  expect(JSON.stringify(await jsonata.run(nested(200), [null]))).toHaveLength(200 * 7 + 3);
});

// A child that a signal ended would look like an expression that was too large, and such a node is not tried again.
test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("what a terminal sends to the whole group ends no expression (%s)", async (signal) => {
  await using jsonata = evaluator({ processes: 1 });
  const others = childrenOf(process.pid);
  expect(await jsonata.run("1", [null])).toEqual([1]);
  const children = childrenOf(process.pid).filter((pid) => !others.includes(pid) && commandOf(pid).includes("evaluate-process"));
  expect(children).toHaveLength(1);
  const running = jsonata.run(ENDLESS, [null], { timeoutMs: 1_000 });
  for (const pid of children) process.kill(pid, signal);
  await expect(running).rejects.toMatchObject({ code: "EXPRESSION_TIMEOUT" });
});

test("[NODE2] no expression outlives a server that is killed", async () => {
  const script = `
    import { createEvaluator } from "#nodes/evaluator.ts";
    const { evaluate } = createEvaluator();
    const signal = new AbortController().signal;
    const run = (expression) => evaluate({ expression, inputs: [1], as: "value", timeoutMs: 60_000, maxBytes: 1_000 }, signal);
    await Promise.all([run("1"), run("2")]);
    void run(${JSON.stringify(ENDLESS)});
    process.stdout.write("running\\n");
    setInterval(() => {}, 1_000);`;
  const server = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(server.stdout, "data");
  const children = childrenOf(server.pid);
  expect(children).toHaveLength(2);
  server.kill("SIGKILL");
  await eventually(() => children.every((pid) => !isRunning(pid)), { what: "the children to end with their server" });
});

function childrenOf(pid: number | undefined): number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}

function commandOf(pid: number): string {
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}

/** A process that has ended and that nobody has asked about yet is a zombie: it runs nothing. */
function isRunning(pid: number): boolean {
  try {
    return !execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z");
  } catch {
    return false;
  }
}
