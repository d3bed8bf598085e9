/**
 * The script of a child process: evaluates one JSONata expression over a bundle of inputs at a time, and says so once it can.
 *
 * It may loop for ever, or end V8 itself: a list or text beyond the engine's own bounds is no error that could be caught and
 * aborts the process, whatever its threads. Then this process is lost, and nothing but this process.
 */
import { Worker } from "node:worker_threads";
import jsonata from "jsonata";
import type { Evaluated } from "./context.ts";
import type { Json } from "./graph.ts";
import { isTooDeep, MAX_DEPTH } from "./limits.ts";

export interface EvaluateTask {
  readonly expression: string;
  readonly inputs: readonly Json[];
  readonly as: "value" | "boolean";
  readonly maxBytes: number;
}

/** `tooLarge`: the results have more bytes than asked for, so they are not sent. */
export type EvaluateAnswer = Evaluated | { readonly problem: ExpressionProblem } | { readonly tooLarge: true };

export interface ExpressionProblem {
  readonly message: string;
  /** In the expression's text, from 0. */
  readonly position: number | null;
  /** Which of the inputs it happened with; null when the expression cannot even be read. */
  readonly index: number | null;
}

/** The first thing a child says: from now on time spent is the expression's. */
export const READY = "ready";

const truth = jsonata("$boolean($)");

async function evaluate(task: EvaluateTask): Promise<EvaluateAnswer> {
  let index: number | null = null;
  try {
    const expression = jsonata(task.expression);
    const results: (Json | undefined)[] = [];
    let bytes = 0;
    for (index = 0; index < task.inputs.length; index++) {
      const value = await expression.evaluate(task.inputs[index]);
      // JSONata's lists carry marks and its values may be functions; what flows between nodes is plain JSON.
      const text = JSON.stringify(task.as === "boolean" && value !== undefined ? await truth.evaluate(value) : value);
      bytes += text === undefined ? 0 : Buffer.byteLength(text);
      if (bytes > task.maxBytes) return { tooLarge: true };
      const result: Json | undefined = text === undefined ? undefined : JSON.parse(text);
      // The server has a smaller stack than this process: reading such a message would end it.
      if (result !== undefined && isTooDeep(result)) throw new Error(`Its result is nested more than ${MAX_DEPTH} levels deep.`);
      results.push(result);
    }
    return { results, bytes };
  } catch (error) {
    return { problem: { message: messageOf(error), position: positionOf(error), index } };
  }
}

// JSONata throws plain objects as well as errors.
function messageOf(error: unknown): string {
  if (error instanceof RangeError) {
    return error.message.includes("call stack")
      ? "It calls itself too deeply."
      : "It makes a text or a list that is longer than there can be.";
  }
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : null;
  return typeof message === "string" ? message.slice(0, 500) : "It cannot be evaluated.";
}

function positionOf(error: unknown): number | null {
  const position = typeof error === "object" && error !== null && "position" in error ? error.position : null;
  return typeof position === "number" ? position : null;
}

/**
 * A parent that is killed cannot end its children, and an endless expression never lets this thread hear that the channel is
 * closed. So another thread looks whether the parent is still there.
 */
function endWithParent(): void {
  process.on("disconnect", () => process.exit());
  // A terminal sends these to the whole group: when to end is the parent's to say, and it says so by closing the channel.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  const { ppid } = process;
  const watch = `const { workerData } = require("node:worker_threads");
    setInterval(() => process.ppid === workerData || process.kill(process.pid, "SIGKILL"), 500);`;
  new Worker(watch, { eval: true, workerData: ppid, resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref();
}

endWithParent();
// Only the parent sends anything, and only tasks.
process.on("message", async (task: EvaluateTask) => process.send?.(await evaluate(task)));
process.send?.(READY);
