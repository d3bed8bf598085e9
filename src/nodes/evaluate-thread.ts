/**
 * Runs in a worker thread: evaluates one JSONata expression over a bundle of inputs. It may loop for ever or eat its memory;
 * then the thread is ended, and nothing but this thread is lost.
 */
import jsonata from "jsonata";
import type { Json } from "./graph.ts";

export interface EvaluateTask {
  readonly expression: string;
  readonly inputs: readonly Json[];
  readonly as: "value" | "boolean";
}

export type EvaluateAnswer = { readonly results: (Json | undefined)[] } | { readonly problem: ExpressionProblem };

export interface ExpressionProblem {
  readonly message: string;
  /** In the expression's text, from 0. */
  readonly position: number | null;
  /** Which of the inputs it happened with; null when the expression cannot even be read. */
  readonly index: number | null;
}

const truth = jsonata("$boolean($)");

export default async function evaluate(task: EvaluateTask): Promise<EvaluateAnswer> {
  let index: number | null = null;
  try {
    const expression = jsonata(task.expression);
    const results: (Json | undefined)[] = [];
    for (index = 0; index < task.inputs.length; index++) {
      const value = await expression.evaluate(task.inputs[index]);
      results.push(plain(task.as === "boolean" && value !== undefined ? await truth.evaluate(value) : value));
    }
    return { results };
  } catch (error) {
    return { problem: { message: messageOf(error), position: positionOf(error), index } };
  }
}

/** JSONata's lists carry marks and its values may be functions; what flows between nodes is plain JSON. */
function plain(value: unknown): Json | undefined {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}

// JSONata throws plain objects as well as errors.
function messageOf(error: unknown): string {
  if (error instanceof RangeError) return "It calls itself too deeply.";
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : null;
  return typeof message === "string" ? message.slice(0, 500) : "It cannot be evaluated.";
}

function positionOf(error: unknown): number | null {
  const position = typeof error === "object" && error !== null && "position" in error ? error.position : null;
  return typeof position === "number" ? position : null;
}
