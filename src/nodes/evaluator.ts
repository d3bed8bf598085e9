/**
 * JSONata, away from the event loop: a few worker threads, each with a memory limit, each ended by force at its deadline.
 * An expression is a program that a user wrote; one endless loop on the main thread would stop every socket of the process.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { type Evaluate, NodeFailure } from "./context.ts";
import type { EvaluateAnswer, EvaluateTask, ExpressionProblem } from "./evaluate-thread.ts";
import { createGate } from "./gate.ts";

export interface EvaluatorOptions {
  /** How many expressions run at once. @default one less than there are processors, but two at least */
  readonly threads?: number;
  /** What one expression may hold, in megabytes. @default 128 */
  readonly memoryMb?: number;
}

export interface Evaluator {
  readonly evaluate: Evaluate;
  close(): Promise<void>;
}

/** An idle thread costs about 10 MB; starting one costs about 50 ms. */
const IDLE_MS = 30_000;

export function createEvaluator({ threads = Math.max(2, availableParallelism() - 1), memoryMb = 128 }: EvaluatorOptions = {}): Evaluator {
  const pool = new Piscina<EvaluateTask, EvaluateAnswer>({
    filename: fileURLToPath(new URL("./evaluate-thread.ts", import.meta.url)),
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    // Users' code has no business with the server's environment.
    env: {},
  });
  // The pool has a queue of its own, but time spent in it would count against the deadline.
  const gate = createGate(threads);

  const evaluate: Evaluate = ({ expression, inputs, as, timeoutMs }, signal) =>
    gate(async () => {
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await pool.run({ expression, inputs, as }, { signal: AbortSignal.any([signal, deadline]) });
        if ("problem" in answer) throw new NodeFailure("EXPRESSION_FAILED", problemMessage(answer.problem), { retryable: false });
        return answer.results;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof NodeFailure) throw error;
        if (deadline.aborted) {
          throw new NodeFailure(
            "EXPRESSION_TIMEOUT",
            `The expression did not come to an end within ${timeoutMs / 1_000} s and was stopped.`,
            { retryable: false },
          );
        }
        if (error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
          throw new NodeFailure("EXPRESSION_TOO_LARGE", `The expression needed more than ${memoryMb} MB of memory and was stopped.`, {
            retryable: false,
          });
        }
        throw error;
      }
    }, signal);

  return { evaluate, close: () => pool.destroy() };
}

function problemMessage({ message, position, index }: ExpressionProblem): string {
  const where = position === null ? "" : ` at character ${position}`;
  return `The expression failed${where}${index === null ? "" : `, with item ${index + 1}`}: ${message}`;
}
