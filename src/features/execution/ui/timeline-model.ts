/**
 * A run as rows of a timeline: one per node and attempt, each with the part it waited and the part it ran.
 *
 * Pure, and from nothing but the view, the graph and the time: a page that was reloaded draws what one draws that watched.
 * All times are milliseconds since the run was queued.
 */
import type { Graph } from "#nodes/graph.ts";
import { formatDuration, formatElapsed, formatItems } from "#ui/format.ts";
import type { State } from "#ui/state.ts";
import type { ExecutionView, NodeAttempt, NodeView } from "../reduce.ts";
import { stateOf } from "./state-of.ts";

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface TimelineRow {
  readonly key: string;
  readonly nodeId: string;
  readonly attempt: number;
  readonly name: string;
  readonly nodeType: NodeView["nodeType"];
  /** Not the node's first row: it stands under the others of its node. */
  readonly again: boolean;
  readonly state: State;
  /** Ready but not begun, or waiting for its next attempt. */
  readonly queued: Span | null;
  readonly ran: Span | null;
  /** Share of the running part that is done, 0 to 1, where the node counts. */
  readonly share: number | null;
  /** How long it ran, or has been running; null before it began. */
  readonly took: string | null;
  /** The figures in words. */
  readonly figures: string;
}

export interface Timeline {
  readonly rows: readonly TimelineRow[];
  /** The run's own wait, from being queued to a worker's claim. */
  readonly queued: Span;
  readonly endMs: number;
  readonly ticksMs: readonly number[];
  /** Where now is; null when the run is over. */
  readonly nowMs: number | null;
}

export function timelineOf(view: ExecutionView, graph: Graph, now: number): Timeline {
  const origin = view.createdAt.getTime();
  const over = view.finishedAt !== null;
  // A reader's clock may be behind the server's; nothing drawn may lie after "now".
  const present = Math.max(now, latestInstant(view)) - origin;
  const nowMs = over ? null : present;
  const endMs = over ? Math.max(1, latestInstant(view) - origin) : roundedUp(present * 1.02);
  const rows = view.order.flatMap((nodeId) => {
    const node = view.nodes[nodeId];
    return node ? rowsOf(node, readyAt(view, graph, nodeId), origin, over ? endMs : present) : [];
  });
  const claimed = view.startedAt ? view.startedAt.getTime() - origin : over ? endMs : present;
  return { rows, queued: { from: 0, to: claimed }, endMs, ticksMs: ticks(endMs), nowMs };
}

function rowsOf(node: NodeView, ready: number | null, origin: number, present: number): TimelineRow[] {
  const base = { nodeId: node.nodeId, name: node.name, nodeType: node.nodeType };
  if (node.attempts.length === 0) {
    const queued = ready === null ? null : { from: ready - origin, to: present };
    return [
      {
        ...base,
        key: `${node.nodeId}:1`,
        attempt: 1,
        again: false,
        state: "queued",
        queued,
        ran: null,
        share: null,
        took: null,
        figures: "Not started",
      },
    ];
  }
  const rows = node.attempts.map((attempt, index): TimelineRow => {
    const before = node.attempts[index - 1];
    const waitedFrom = before?.finishedAt?.getTime() ?? ready;
    const startedAt = attempt.startedAt?.getTime() ?? null;
    const to = attempt.finishedAt ? attempt.finishedAt.getTime() - origin : present;
    const ran = startedAt === null ? null : { from: startedAt - origin, to: Math.max(to, startedAt - origin) };
    return {
      ...base,
      key: `${node.nodeId}:${attempt.attempt}`,
      attempt: attempt.attempt,
      again: index > 0,
      state: stateOf(attempt.status),
      queued:
        startedAt !== null && waitedFrom !== null && waitedFrom < startedAt ? { from: waitedFrom - origin, to: startedAt - origin } : null,
      ran,
      share: shareOf(attempt),
      took: ran && (attempt.finishedAt ? formatDuration : formatElapsed)(ran.to - ran.from),
      figures: figuresOf(attempt, to + origin),
    };
  });
  const last = node.attempts.at(-1);
  if (node.status === "waiting" && last?.finishedAt && last.nextRetryAt) {
    const from = last.finishedAt.getTime() - origin;
    const attempt = last.attempt + 1;
    const figures = `Waits ${formatDuration(last.nextRetryAt.getTime() - last.finishedAt.getTime())} before attempt ${attempt}`;
    rows.push({
      ...base,
      key: `${node.nodeId}:${attempt}`,
      attempt,
      again: true,
      state: "waiting",
      queued: { from, to: Math.max(from, present) },
      ran: null,
      share: null,
      took: null,
      figures,
    });
  }
  return rows;
}

/** When a node's inputs were all there; null while one is missing. */
function readyAt(view: ExecutionView, graph: Graph, nodeId: string): number | null {
  let ready = view.startedAt?.getTime() ?? null;
  if (ready === null) return null;
  for (const edge of graph.edges) {
    if (edge.target !== nodeId) continue;
    const source = view.nodes[edge.source];
    const finishedAt = source?.status === "success" || source?.status === "skipped" ? source.attempts.at(-1)?.finishedAt : null;
    if (!finishedAt) return null;
    ready = Math.max(ready, finishedAt.getTime());
  }
  return ready;
}

function shareOf({ status, done, total }: NodeAttempt): number | null {
  return status === "running" && done !== null && total ? Math.min(1, done / total) : null;
}

function figuresOf(attempt: NodeAttempt, endedAt: number): string {
  const parts: string[] = [];
  if (attempt.startedAt) parts.push(formatDuration(endedAt - attempt.startedAt.getTime()));
  if (attempt.inputCount !== null) parts.push(`${formatItems(attempt.inputCount)} in`);
  if (attempt.itemCount !== null) parts.push(`${formatItems(attempt.itemCount)} out`);
  if (attempt.error) parts.push(attempt.error.message);
  else if (attempt.message) parts.push(attempt.message);
  return parts.join(" · ");
}

function latestInstant(view: ExecutionView): number {
  let latest = Math.max(view.createdAt.getTime(), view.startedAt?.getTime() ?? 0, view.finishedAt?.getTime() ?? 0);
  for (const node of Object.values(view.nodes)) {
    for (const { startedAt, finishedAt } of node.attempts) latest = Math.max(latest, startedAt?.getTime() ?? 0, finishedAt?.getTime() ?? 0);
  }
  return latest;
}

const STEPS_MS = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000];

/** A running timeline's end moves in steps, so that bars grow instead of the whole picture shrinking all the time. */
function roundedUp(ms: number): number {
  const step = stepFor(Math.max(ms, 2_000));
  return Math.max(2_000, Math.ceil(ms / step) * step);
}

function stepFor(ms: number): number {
  return STEPS_MS.find((step) => ms / step <= 6) ?? Math.ceil(ms / 6 / 3_600_000) * 3_600_000;
}

function ticks(endMs: number): number[] {
  const step = stepFor(endMs);
  return Array.from({ length: Math.floor(endMs / step) + 1 }, (_, index) => index * step);
}
