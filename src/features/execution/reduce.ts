/**
 * What a run looks like, as a fold over its events. Pure and browser-safe.
 *
 * The tables hold the same view (`view.ts` reads it from them), and a property test holds the two together: folding the whole
 * log gives exactly what `execution.get` answers. Hence the one rule here: every timestamp is an event's `at`, never a clock.
 */
import type { NodeType } from "#nodes/graph.ts";
import type { EventOf } from "#realtime/topic.ts";
import type { AttemptStatus, ExecutionStatus, ExecutionSummary, executionListTopic, executionTopic, Failure } from "./events.ts";

/** One try of a node. A skipped node has one that never began: its `message` says why. */
export interface NodeAttempt {
  readonly attempt: number;
  readonly status: AttemptStatus;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly message: string | null;
  readonly inputCount: number | null;
  readonly itemCount: number | null;
  readonly preview: string | null;
  readonly error: Failure | null;
  /** When the next attempt is due; null when this was the last. Kept afterwards, so a timeline can show the gap. */
  readonly nextRetryAt: Date | null;
}

/** `waiting`: the last attempt failed and another will follow. */
export type NodeStatus = "pending" | "waiting" | AttemptStatus;

export interface NodeView {
  readonly nodeId: string;
  readonly name: string;
  readonly nodeType: NodeType;
  readonly status: NodeStatus;
  readonly attempts: readonly NodeAttempt[];
}

export interface ExecutionView {
  readonly id: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly status: ExecutionStatus;
  readonly startedBy: { readonly userId: string; readonly name: string } | null;
  readonly error: Failure | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** How many workers have claimed this run: 0 while queued, over 1 after a takeover. */
  readonly fence: number;
  readonly workerId: string | null;
  readonly nodes: Readonly<Record<string, NodeView>>;
  /** Node ids, each after those it waits for. */
  readonly order: readonly string[];
}

export type ExecutionEvent = EventOf<typeof executionTopic>;
export type ExecutionListEvent = EventOf<typeof executionListTopic>;
export type SkipReason = Extract<ExecutionEvent, { type: "nodeSkipped" }>["data"]["reason"];

/** The codes of failures that the system writes, for those who must tell them from a node's own. */
export const failureCodes = {
  cancelled: "CANCELLED",
  /** The worker died, or could not write any more. */
  workerLost: "WORKER_LOST",
  /** The worker shut down in order and gave the run back. */
  workerStopped: "WORKER_STOPPED",
} as const;

/** A run before its first event: what a reader shows that starts at the beginning of the log. */
export function initialExecutionView(executionId: string): ExecutionView {
  return {
    id: executionId,
    workflowId: "",
    workflowName: "",
    status: "queued",
    startedBy: null,
    error: null,
    createdAt: new Date(0),
    startedAt: null,
    finishedAt: null,
    fence: 0,
    workerId: null,
    nodes: {},
    order: [],
  };
}

/** The view after `event`. Returns a new object; what did not change keeps its identity. */
export function reduceExecution(view: ExecutionView, event: ExecutionEvent): ExecutionView {
  switch (event.type) {
    case "executionQueued": {
      const { workflowId, workflowName, startedBy, nodes } = event.data;
      return {
        ...initialExecutionView(view.id),
        workflowId,
        workflowName,
        startedBy,
        createdAt: event.at,
        nodes: Object.fromEntries(nodes.map((node) => [node.nodeId, { ...node, status: "pending", attempts: [] }])),
        order: nodes.map((node) => node.nodeId),
      };
    }
    case "executionStarted":
      return { ...view, ...event.data, status: "running", startedAt: view.startedAt ?? event.at };
    case "nodeStarted": {
      const { nodeId, attempt, inputCount } = event.data;
      return withAttempt(view, nodeId, { ...emptyAttempt(attempt), status: "running", startedAt: event.at, inputCount });
    }
    case "nodeProgress": {
      const { nodeId, attempt, done, total, message } = event.data;
      return changeAttempt(view, nodeId, attempt, { done, total, message });
    }
    case "nodeOutput": {
      const { nodeId, attempt, itemCount, preview } = event.data;
      return changeAttempt(view, nodeId, attempt, { itemCount, preview });
    }
    case "nodeFinished": {
      const { nodeId, attempt, itemCount } = event.data;
      return changeAttempt(view, nodeId, attempt, { status: "success", finishedAt: event.at, itemCount });
    }
    case "nodeFailed": {
      const { nodeId, attempt, error, nextRetryMs } = event.data;
      return changeAttempt(view, nodeId, attempt, {
        status: failedStatus(error),
        finishedAt: event.at,
        error,
        nextRetryAt: nextRetryMs === null ? null : new Date(event.at.getTime() + nextRetryMs),
      });
    }
    case "nodeSkipped": {
      const { nodeId, reason } = event.data;
      const attempt = (nodeOf(view, nodeId)?.attempts.length ?? 0) + 1;
      return withAttempt(view, nodeId, {
        ...emptyAttempt(attempt),
        status: "skipped",
        finishedAt: event.at,
        message: skipMessages[reason],
      });
    }
    case "executionFinished":
      return { ...view, status: event.data.status, error: event.data.error, finishedAt: event.at };
    default:
      return event satisfies never; // does not compile while an event has no case, and says which
  }
}

/** The newest runs first, with what `executionChanged` says put in its place. */
export function reduceExecutionList(
  items: readonly ExecutionSummary[],
  event: ExecutionListEvent,
  limit = EXECUTION_LIST_LIMIT,
): readonly ExecutionSummary[] {
  const others = items.filter((item) => item.executionId !== event.data.executionId);
  return [...others, event.data].sort(newestFirst).slice(0, limit);
}

/** How many runs a list holds. */
export const EXECUTION_LIST_LIMIT = 50;

// The id decides between runs of the same millisecond, here as in the query, so that both agree on the order.
function newestFirst(a: ExecutionSummary, b: ExecutionSummary): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.executionId < b.executionId ? 1 : -1);
}

/** A skipped node's `message`, by reason. */
export const skipMessages: Readonly<Record<SkipReason, string>> = {
  noInput: "Skipped: no items came in.",
  upstreamFailed: "Skipped: a node before it failed.",
  cancelled: "Skipped: the run was cancelled.",
};

/** What a failed attempt is called: a cancelled run's attempt did not fail, it was ended. */
export function failedStatus(error: Failure): "error" | "cancelled" {
  return error.code === failureCodes.cancelled ? "cancelled" : "error";
}

/** A node's state is its last attempt's, or that it waits for one. */
export function nodeStatus(attempts: readonly NodeAttempt[]): NodeStatus {
  const last = attempts.at(-1);
  if (!last) return "pending";
  return last.status === "error" && last.nextRetryAt !== null ? "waiting" : last.status;
}

function emptyAttempt(attempt: number): NodeAttempt {
  return {
    attempt,
    status: "running",
    startedAt: null,
    finishedAt: null,
    done: null,
    total: null,
    message: null,
    inputCount: null,
    itemCount: null,
    preview: null,
    error: null,
    nextRetryAt: null,
  };
}

/** Own properties only: "constructor" is no node because every object has one. */
function nodeOf({ nodes }: ExecutionView, nodeId: string): NodeView | undefined {
  return Object.hasOwn(nodes, nodeId) ? nodes[nodeId] : undefined;
}

function withAttempt(view: ExecutionView, nodeId: string, attempt: NodeAttempt): ExecutionView {
  const node = nodeOf(view, nodeId);
  if (!node) return view;
  return withAttempts(view, node, [...node.attempts.filter((other) => other.attempt !== attempt.attempt), attempt]);
}

function changeAttempt(view: ExecutionView, nodeId: string, attempt: number, change: Partial<NodeAttempt>): ExecutionView {
  const node = nodeOf(view, nodeId);
  if (!node) return view;
  return withAttempts(
    view,
    node,
    node.attempts.map((each) => (each.attempt === attempt ? { ...each, ...change } : each)),
  );
}

function withAttempts(view: ExecutionView, node: NodeView, attempts: readonly NodeAttempt[]): ExecutionView {
  return { ...view, nodes: { ...view.nodes, [node.nodeId]: { ...node, attempts, status: nodeStatus(attempts) } } };
}
