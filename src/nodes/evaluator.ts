/**
 * JSONata, away from the event loop: a few child processes, each with a memory limit, each ended by force at its deadline.
 * An expression is a program that a user wrote; one endless loop on the main thread would stop every socket of the process.
 *
 * Processes and not threads: a thread's memory limit is asked between allocations, and a single one that is too large, as of
 * `[1..9999999]`, makes V8 abort the process that the thread is in.
 */
import { availableParallelism } from "node:os";
import { type Evaluate, NodeFailure } from "./context.ts";
import { ChildLost, EvaluateChild } from "./evaluate-child.ts";
import type { ExpressionProblem } from "./evaluate-process.ts";
import { createGate } from "./gate.ts";
import { itemsTooLarge, megabytes } from "./limits.ts";

export interface EvaluatorOptions {
  /** How many expressions run at once. @default one less than there are processors, but two at least */
  readonly processes?: number;
  /** What one expression may hold, in megabytes. @default 128 */
  readonly memoryMb?: number;
}

export interface Evaluator {
  readonly evaluate: Evaluate;
  /** Ends every process; what is under way rejects. */
  close(): Promise<void>;
}

/** An idle process costs about 50 MB; starting one costs about 100 ms. */
const IDLE_MS = 30_000;

export function createEvaluator({ processes = Math.max(2, availableParallelism() - 1), memoryMb = 128 }: EvaluatorOptions = {}): Evaluator {
  const gate = createGate(processes);
  const idle = new Map<EvaluateChild, NodeJS.Timeout>();
  const closing = new AbortController();
  const busy = new Set<Promise<unknown>>();

  /** A warm process, or a new one. */
  async function take(signal: AbortSignal): Promise<EvaluateChild> {
    for (const [child, timer] of [...idle].reverse()) {
      idle.delete(child);
      clearTimeout(timer);
      if (child.alive) return child;
    }
    return EvaluateChild.start(memoryMb, signal);
  }

  function keep(child: EvaluateChild): void {
    const end = () => {
      idle.delete(child);
      void child.kill();
    };
    idle.set(child, setTimeout(end, IDLE_MS));
  }

  const run: Evaluate = async ({ timeoutMs, ...task }, signal) => {
    const child = await take(signal);
    // From here on: neither waiting for a turn nor starting a process counts against the deadline.
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await child.ask(task, AbortSignal.any([signal, deadline]));
      keep(child);
      if ("problem" in answer) throw new NodeFailure("EXPRESSION_FAILED", problemMessage(answer.problem), { retryable: false });
      if ("tooLarge" in answer) throw itemsTooLarge(`the results of the expression are more than ${megabytes(task.maxBytes)} MB of JSON`);
      return answer;
    } catch (error) {
      if (error instanceof NodeFailure) throw error;
      await child.kill();
      signal.throwIfAborted();
      if (deadline.aborted) {
        const message = `The expression did not come to an end within ${timeoutMs / 1_000} s and was stopped.`;
        throw new NodeFailure("EXPRESSION_TIMEOUT", message, { retryable: false });
      }
      if (error instanceof ChildLost) {
        const message = `The expression needed more than ${memoryMb} MB of memory, or a larger list or text than there can be, and was stopped.`;
        throw new NodeFailure("EXPRESSION_TOO_LARGE", message, { retryable: false });
      }
      throw error;
    }
  };

  return {
    evaluate(evaluation, signal) {
      const both = AbortSignal.any([signal, closing.signal]);
      const result = gate(() => run(evaluation, both), both);
      const done: Promise<unknown> = result.then(
        () => busy.delete(done),
        () => busy.delete(done),
      );
      busy.add(done);
      return result;
    },
    async close() {
      closing.abort(new Error("The evaluator is closed."));
      await Promise.all(busy);
      const rest = [...idle];
      idle.clear();
      for (const [, timer] of rest) clearTimeout(timer);
      await Promise.all(rest.map(([child]) => child.kill()));
    },
  };
}

function problemMessage({ message, position, index }: ExpressionProblem): string {
  const where = position === null ? "" : ` at character ${position}`;
  return `The expression failed${where}${index === null ? "" : `, with item ${index + 1}`}: ${message}`;
}
