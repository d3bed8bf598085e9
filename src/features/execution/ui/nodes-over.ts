import type { ExecutionView } from "../reduce.ts";

/** How many nodes will do nothing more in this run. */
export function nodesOver(view: ExecutionView): number {
  return view.order.filter((nodeId) => {
    const status = view.nodes[nodeId]?.status;
    return status === "success" || status === "error" || status === "skipped" || status === "cancelled";
  }).length;
}
