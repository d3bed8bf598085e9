import { defineRunner } from "../context.ts";
import { evaluateItems } from "../evaluate-items.ts";
import type { Json } from "../graph.ts";
import { MAX_ITEMS_BYTES } from "../limits.ts";
import { transform } from "./definition.ts";

export const runTransform = defineRunner(transform, async (context) => {
  const { evaluate, input, parameters, progress, signal } = context;
  if (parameters.mode === "perItem") return (await evaluateItems(context, "value")).filter(isResult);
  const { expression, timeoutMs } = parameters;
  const message = input.length === 1 ? "1 item" : `${input.length} items together`;
  progress(0, input.length, message);
  const { results } = await evaluate({ expression, inputs: [[...input]], as: "value", timeoutMs, maxBytes: MAX_ITEMS_BYTES }, signal);
  const [result] = results;
  progress(input.length, input.length, message);
  if (result === undefined) return [];
  return Array.isArray(result) ? result : [result];
});

function isResult(value: Json | undefined): value is Json {
  return value !== undefined;
}
