/** How much may flow out of one node. Larger results belong into a file or a database; here they are copied from node to node. */
import { NodeFailure } from "./context.ts";

/** As JSON text. */
export const MAX_ITEMS_BYTES = 4_000_000;
export const MAX_ITEMS = 100_000;

/** @param fact what is too much, and what the most is */
export function itemsTooLarge(fact: string): NodeFailure {
  return new NodeFailure("ITEMS_TOO_LARGE", `Too much data: ${fact}. Filter or shorten it before this node.`, { retryable: false });
}

export function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
