/** How a node of a run stands, as far as deciding what comes next needs it. */
import type { GraphNode } from "#nodes/graph.ts";
import type { AttemptStatus, Failure } from "./events.ts";
import { failureCodes, type SkipReason, skipMessages } from "./reduce.ts";

export interface NodeState {
  outcome: "pending" | "success" | "error" | "skipped";
  /** Rows there are; the next attempt's number is one more. */
  attempts: number;
  /** Attempts that count against the node's retries: those that the node itself failed. */
  failures: number;
  nextRetryAt: Date | null;
  itemCount: number;
  failure: Failure | null;
  skipReason: SkipReason | null;
}

export interface AttemptRecord {
  readonly nodeId: string;
  readonly attempt: number;
  readonly status: AttemptStatus;
  readonly error: Failure | null;
  readonly itemCount: number | null;
  readonly nextRetryAt: Date | null;
  readonly message: string | null;
}

/** @param records oldest first */
export function readNodeStates(nodes: readonly GraphNode[], records: readonly AttemptRecord[]): Map<string, NodeState> {
  const perNode = Map.groupBy(records, ({ nodeId }) => nodeId);
  return new Map(nodes.map(({ id }) => [id, readNodeState(perNode.get(id) ?? [])]));
}

function readNodeState(records: readonly AttemptRecord[]): NodeState {
  const last = records.at(-1);
  return {
    outcome: outcomeOf(last),
    attempts: last?.attempt ?? 0,
    failures: records.filter(({ error }) => error !== null && !isWorkers(error)).length,
    nextRetryAt: last?.nextRetryAt ?? null,
    itemCount: last?.itemCount ?? 0,
    failure: last?.error ?? null,
    skipReason: last?.status === "skipped" ? reasonOf(last.message) : null,
  };
}

/** The attempt ended because of its worker and not because of the node. */
function isWorkers({ code }: Failure): boolean {
  return code === failureCodes.workerLost || code === failureCodes.workerStopped;
}

function outcomeOf(last: AttemptRecord | undefined): NodeState["outcome"] {
  if (!last || last.nextRetryAt !== null) return "pending";
  switch (last.status) {
    case "success":
    case "skipped":
      return last.status;
    case "error":
    case "cancelled":
      return "error";
    case "running":
      // A claim ends what was running before; the next attempt follows.
      return "pending";
  }
}

function reasonOf(message: string | null): SkipReason {
  if (message === skipMessages.upstreamFailed) return "upstreamFailed";
  return message === skipMessages.noInput ? "noInput" : "cancelled";
}

/** Why a node with these sources cannot run, once they have all ended; null when it can: it begins the graph, or items come in. */
export function skipReason(sources: readonly NodeState[]): SkipReason | null {
  if (sources.length === 0 || sources.some(({ outcome, itemCount }) => outcome === "success" && itemCount > 0)) return null;
  const failed = sources.some(({ outcome, skipReason: reason }) => outcome === "error" || reason === "upstreamFailed");
  return failed ? "upstreamFailed" : "noInput";
}
