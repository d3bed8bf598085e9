"use client";
import { Badge } from "#ui/badge.tsx";
import { cx } from "#ui/cx.ts";
import { Elapsed } from "#ui/elapsed.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { Remaining } from "#ui/remaining.tsx";
import type { ExecutionView } from "../reduce.ts";
import { nodesOver } from "./nodes-over.ts";
import { stateOf } from "./state-of.ts";

/** Shorter work than this is over before a guess at its length has been read. */
const WORTH_GUESSING_MS = 5_000;

export interface RunStatusProps {
  view: ExecutionView;
  /** How long such runs usually take; null: not known. */
  expectedMs?: number | null;
  className?: string;
}

/** How a run stands, in one line: state, how far, how long, by whom, when. */
export function RunStatus({ view, expectedMs = null, className }: RunStatusProps) {
  return (
    <fieldset
      aria-label="State of the run"
      className={cx("flex min-w-0 items-center gap-x-3 overflow-hidden whitespace-nowrap text-xs tabular-nums text-muted", className)}
    >
      <Badge state={stateOf(view.status)} className="text-sm" />
      <span>
        {nodesOver(view)} of {view.order.length} nodes
      </span>
      <Elapsed from={view.startedAt ?? view.createdAt} to={view.finishedAt} />
      {view.status === "running" && view.startedAt && expectedMs !== null && expectedMs > WORTH_GUESSING_MS ? (
        <Remaining until={new Date(view.startedAt.getTime() + expectedMs)} />
      ) : null}
      <span className="truncate">
        {/* The age first: where room is short it is the name that is cut. */}
        <RelativeTime at={view.createdAt} />
        {view.startedBy ? ` by ${view.startedBy.name}` : ""}
      </span>
    </fieldset>
  );
}
