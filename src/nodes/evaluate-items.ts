/** Evaluates an expression over many items in bundles, so that a long list shows progress and its deadline stays per bundle. */
import type { NodeContext } from "./context.ts";
import type { Item, Json } from "./graph.ts";
import { MAX_ITEMS_BYTES } from "./limits.ts";

const BUNDLE_ITEMS = 200;

interface ExpressionParameters {
  readonly expression: string;
  readonly timeoutMs: number;
}

/** One result per item of the input, in its order. */
export async function evaluateItems(
  { evaluate, input, parameters, progress, signal }: NodeContext<ExpressionParameters>,
  as: "value" | "boolean",
): Promise<(Json | undefined)[]> {
  const { expression, timeoutMs } = parameters;
  const results: (Json | undefined)[] = [];
  let bytes = 0;
  for (let from = 0; from < input.length; from += BUNDLE_ITEMS) {
    const inputs: readonly Item[] = input.slice(from, from + BUNDLE_ITEMS);
    // What is too large in the end is found out here, before it piles up.
    const evaluated = await evaluate({ expression, inputs, as, timeoutMs, maxBytes: MAX_ITEMS_BYTES - bytes }, signal);
    results.push(...evaluated.results);
    bytes += evaluated.bytes;
    progress(results.length, input.length, `${results.length} of ${input.length} items`);
  }
  return results;
}
