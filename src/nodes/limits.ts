/** How much may flow out of one node. Larger results belong into a file or a database; here they are copied from node to node. */
import { NodeFailure } from "./context.ts";
import type { Json } from "./graph.ts";

/** As JSON text. */
export const MAX_ITEMS_BYTES = 4_000_000;
export const MAX_ITEMS = 100_000;
/** Levels of lists and objects within each other: what walks through them by recursion runs out of stack at some thousand. */
export const MAX_DEPTH = 200;

/** @param fact what is too much, and what the most is */
export function itemsTooLarge(fact: string): NodeFailure {
  return new NodeFailure("ITEMS_TOO_LARGE", `Too much data: ${fact}. Filter or shorten it before this node.`, { retryable: false });
}

export function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

export function isTooDeep(value: Json, levels = MAX_DEPTH): boolean {
  if (value === null || typeof value !== "object") return false;
  return levels === 0 || Object.values(value).some((each) => isTooDeep(each, levels - 1));
}
