/**
 * A run's log, read off its view, so it is the same whether it was watched or opened afterwards. How far an attempt at work has
 * come has no line of its own: the view does not know when it was said. It stands in the attempt's first line, as of now.
 */
import { formatDuration, formatItems } from "#ui/format.ts";
import type { State } from "#ui/state.ts";
import type { ExecutionView, NodeAttempt, NodeView } from "../reduce.ts";
import { stateOf } from "./state-of.ts";

export interface LogLine {
  readonly key: string;
  readonly at: Date;
  /** Null: about the run as a whole. */
  readonly nodeId: string | null;
  readonly source: string;
  /** Null: something that was so then and is over: it has no colour any more. */
  readonly state: State | null;
  readonly text: string;
}

export function logOf(view: ExecutionView): LogLine[] {
  const run = { nodeId: null, source: "Run" };
  const lines: LogLine[] = [
    {
      ...run,
      key: "queued",
      at: view.createdAt,
      state: view.startedAt ? null : "queued",
      text: view.startedBy ? `Queued by ${view.startedBy.name}` : "Queued",
    },
  ];
  if (view.startedAt) {
    const taken = view.fence > 1 ? `; taken over ${view.fence === 2 ? "once" : `${view.fence - 1} times`}` : "";
    lines.push({
      ...run,
      key: "started",
      at: view.startedAt,
      state: view.finishedAt ? null : "running",
      text: `Started by worker ${view.workerId ?? "unknown"}${taken}`,
    });
  }
  for (const nodeId of view.order) {
    const node = view.nodes[nodeId];
    if (node) for (const attempt of node.attempts) lines.push(...attemptLines(node, attempt));
  }
  if (view.finishedAt) {
    // Without the wait in the queue, as everywhere where a run's length stands.
    const took = formatDuration(view.finishedAt.getTime() - (view.startedAt ?? view.createdAt).getTime());
    const word = view.status === "success" ? "Succeeded" : view.status === "cancelled" ? "Cancelled" : "Failed";
    const reason = view.error ? `: ${view.error.message}` : "";
    lines.push({ ...run, key: "finished", at: view.finishedAt, state: stateOf(view.status), text: `${word} after ${took}${reason}` });
  }
  // Sorting is stable, so what happened at the same instant stays in the order of the graph.
  return lines.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function attemptLines(node: NodeView, attempt: NodeAttempt): LogLine[] {
  const lines: LogLine[] = [];
  const add = (part: string, at: Date, state: State | null, text: string) =>
    lines.push({ key: `${node.nodeId}:${attempt.attempt}:${part}`, at, nodeId: node.nodeId, source: node.name, state, text });
  if (attempt.startedAt) {
    const which = attempt.attempt > 1 ? `, attempt ${attempt.attempt}` : "";
    const input = attempt.inputCount === null ? "" : ` with ${formatItems(attempt.inputCount)}`;
    const running = attempt.status === "running";
    const now = running && attempt.message ? `; now: ${attempt.message}` : "";
    add("started", attempt.startedAt, running ? "running" : null, `Started${input}${which}${now}`);
  }
  if (attempt.finishedAt) {
    const took = attempt.startedAt ? ` after ${formatDuration(attempt.finishedAt.getTime() - attempt.startedAt.getTime())}` : "";
    if (attempt.status === "success")
      add("ended", attempt.finishedAt, "success", `Finished${took}, ${formatItems(attempt.itemCount ?? 0)} out`);
    else if (attempt.status === "skipped") add("ended", attempt.finishedAt, "skipped", attempt.message ?? "Skipped");
    else if (attempt.error)
      add("ended", attempt.finishedAt, stateOf(attempt.status), failureText(attempt, attempt.error.message, attempt.finishedAt, took));
  }
  return lines;
}

function failureText({ status, nextRetryAt }: NodeAttempt, message: string, at: Date, took: string): string {
  if (status === "cancelled") return `Cancelled${took}`;
  const next = nextRetryAt ? ` Tries again in ${formatDuration(nextRetryAt.getTime() - at.getTime())}.` : "";
  return `Failed${took}: ${message}${next}`;
}
