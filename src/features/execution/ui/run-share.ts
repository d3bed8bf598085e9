import type { ExecutionView } from "../reduce.ts";

/** How much of a run is done, 0 to 1: every node counts the same, one at work by what it says of itself. */
export function runShare(view: ExecutionView): number {
  if (view.order.length === 0) return 0;
  const shares = view.order.map((nodeId): number => {
    const node = view.nodes[nodeId];
    if (!node || node.status === "pending" || node.status === "waiting") return 0;
    if (node.status !== "running") return 1;
    const { done = null, total = null } = node.attempts.at(-1) ?? {};
    return done !== null && total ? Math.min(1, done / total) : 0;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
