"use client";
import { Announcer } from "#ui/announcer.tsx";
import { Badge } from "#ui/badge.tsx";
import { Elapsed } from "#ui/elapsed.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { stateWords } from "#ui/state.ts";
import type { ExecutionView } from "../reduce.ts";
import { isOver, stateOf } from "./state-of.ts";

/** How a run stands, in one line: state, how long, by whom, when. Says changes of state to screen readers. */
export function RunStatus({ view }: { view: ExecutionView }) {
  const state = stateOf(view.status);
  const over = view.order.filter((nodeId) => ["success", "error", "skipped", "cancelled"].includes(view.nodes[nodeId]?.status ?? "")).length;
  return (
    <div className="flex min-w-0 items-center gap-x-3 gap-y-1 overflow-hidden whitespace-nowrap text-xs tabular-nums text-muted">
      <Badge state={state} className="text-sm" />
      <span>
        {over} of {view.order.length} nodes
      </span>
      <Elapsed from={view.startedAt ?? view.createdAt} to={view.finishedAt} />
      <span className="truncate max-sm:hidden">
        {view.startedBy ? `by ${view.startedBy.name}, ` : ""}
        <RelativeTime at={view.createdAt} />
      </span>
      <Announcer message={isOver(view.status) ? `Run ${stateWords[state].toLowerCase()}` : `Run ${stateWords[state].toLowerCase()}, ${over} of ${view.order.length} nodes done`} />
    </div>
  );
}
