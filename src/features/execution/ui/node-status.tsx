"use client";
/** What a run adds to a node's card on the canvas. */
import { cx } from "#ui/cx.ts";
import { Elapsed } from "#ui/elapsed.tsx";
import { formatCount, formatItems } from "#ui/format.ts";
import { ProgressBar } from "#ui/progress-bar.tsx";
import { StateIcon } from "#ui/state-icon.tsx";
import type { ExecutionView, NodeView } from "../reduce.ts";
import { stateOf } from "./state-of.ts";

/** For the canvas's node slot: the ring, what stands beside the name and what stands under it. */
export function nodeStatus(view: ExecutionView, nodeId: string) {
  const node = view.nodes[nodeId];
  if (!node) return {};
  const state = stateOf(node.status);
  return { state, aside: <StateIcon state={state} className="size-[1.23em]" />, body: <NodeBody node={node} /> };
}

/** For the canvas's edge slot: how many items passed, and whether they are being worked on. */
export function edgeFlow(view: ExecutionView, edge: { source: string; target: string }): { label?: string; active?: boolean } {
  const source = view.nodes[edge.source];
  const count = source?.attempts.at(-1)?.itemCount;
  if (source?.status !== "success" || count === null || count === undefined) return {};
  return { label: formatCount(count), active: view.nodes[edge.target]?.status === "running" };
}

/** A node that is at work, for a canvas too small to show all of them. */
export function runningNode(view: ExecutionView): string | null {
  return view.order.find((nodeId) => view.nodes[nodeId]?.status === "running") ?? null;
}

function NodeBody({ node }: { node: NodeView }) {
  const attempt = node.attempts.at(-1);
  const running = attempt?.status === "running";
  // A message that has figures of its own ("Page 4 of 12") needs none beside it.
  const counted = running && attempt.done !== null && !/\d/.test(attempt.message ?? "");
  return (
    <div className="canvas-line text-muted">
      <p className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate" title={lastLine(node)}>
          {lastLine(node)}
        </span>
        {counted ? (
          <span className="shrink-0 tabular-nums">
            {formatCount(attempt.done)}
            {attempt.total === null ? "" : ` / ${formatCount(attempt.total)}`}
          </span>
        ) : null}
        {attempt?.startedAt ? (
          <Elapsed
            from={attempt.startedAt}
            to={attempt.finishedAt}
            className={cx("shrink-0 tabular-nums", running && attempt.message && "group-data-small/canvas:hidden")}
          />
        ) : null}
      </p>
      {/* In the card's lower margin, so that it is as high before its node begins. */}
      <div className="absolute inset-x-3 bottom-0 flex h-[0.95em] items-center gap-2 group-data-small/canvas:bottom-[6px]">
        {running ? (
          <div className="min-w-0 flex-1">
            <ProgressBar label={node.name} done={attempt.done ?? 0} total={attempt.done === null ? null : attempt.total} />
          </div>
        ) : null}
        {/* On a small card a message needs the whole line above. */}
        {running && attempt.message && attempt.startedAt ? (
          <Elapsed
            from={attempt.startedAt}
            to={null}
            className="hidden shrink-0 leading-none tabular-nums group-data-small/canvas:inline"
          />
        ) : null}
      </div>
    </div>
  );
}

function lastLine(node: NodeView): string {
  const attempt = node.attempts.at(-1);
  if (!attempt) return "Not started";
  if (attempt.status === "error" && attempt.error)
    return node.status === "waiting" ? `Tries again: ${attempt.error.message}` : attempt.error.message;
  if (attempt.status === "cancelled") return "Cancelled";
  if (attempt.status === "success" && attempt.itemCount !== null) return `${formatItems(attempt.itemCount)} out`;
  return attempt.message ?? "Running";
}
