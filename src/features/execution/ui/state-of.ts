import type { State } from "#ui/state.ts";
import type { ExecutionStatus } from "../events.ts";
import type { NodeStatus } from "../reduce.ts";

/** What a run's or a node's status is called in the interface, where queued and not yet begun look the same. */
export function stateOf(status: ExecutionStatus | NodeStatus): State {
  switch (status) {
    case "pending":
      return "queued";
    case "error":
      return "failed";
    default:
      return status;
  }
}

export function isOver(status: ExecutionStatus): boolean {
  return status !== "queued" && status !== "running";
}
