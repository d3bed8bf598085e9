"use client";
/** Where a run's time went: a row per node and attempt, waiting hatched, running filled, with a line where now is. */
import type { Graph } from "#nodes/graph.ts";
import { cx } from "#ui/cx.ts";
import { formatDuration } from "#ui/format.ts";
import { useLiveNow } from "#ui/live-now.ts";
import type { ExecutionView } from "../reduce.ts";
import { isOver } from "./state-of.ts";
import { timelineColumns, timelineTrack } from "./timeline-columns.ts";
import { timelineOf } from "./timeline-model.ts";
import { TimelineRowView } from "./timeline-row.tsx";

const FRAME_MS = 200;

export interface TimelineProps {
  view: ExecutionView;
  graph: Graph;
  selectedNodeId: string | null;
  onSelectNode: (nodeId: string) => void;
}

export function Timeline({ view, graph, selectedNodeId, onSelectNode }: TimelineProps) {
  const now = useLiveNow(isOver(view.status) ? null : FRAME_MS);
  const timeline = timelineOf(view, graph, now);
  const percent = (ms: number) => `${(ms / timeline.endMs) * 100}%`;
  return (
    <div className="relative min-w-0 pb-2 text-xs tabular-nums">
      <div className={`${timelineColumns} sticky top-0 z-20 h-7 bg-surface pr-4`}>
        <span className="truncate px-4 leading-7 text-muted max-sm:sr-only">Node and attempt</span>
        <div className={cx(timelineTrack, "border-b border-line")}>
          {timeline.ticksMs.map((tick) => (
            <span
              key={tick}
              style={{ left: percent(tick) }}
              className={cx(
                "absolute bottom-1 -translate-x-1/2 whitespace-nowrap text-[11px] leading-4 text-muted first:translate-x-0",
                tick / timeline.endMs > 0.97 && "-translate-x-full",
              )}
            >
              {tick === 0 ? "0" : tickText(tick)}
            </span>
          ))}
        </div>
      </div>
      <div className={`${timelineColumns} pointer-events-none absolute inset-0 pr-4 pt-7`} aria-hidden>
        <div className={cx(timelineTrack, "h-full")}>
          {timeline.ticksMs.map((tick) => (
            <span key={tick} style={{ left: percent(tick) }} className="absolute inset-y-0 w-px bg-line" />
          ))}
          <span
            style={{ width: percent(timeline.queued.to) }}
            className="hatched absolute inset-y-0 left-0 text-queued opacity-50 max-sm:hidden"
          />
          {timeline.nowMs === null ? null : (
            <span style={{ left: percent(timeline.nowMs) }} className="absolute inset-y-0 z-10 w-px bg-amber" />
          )}
        </div>
      </div>
      <ol aria-label="Timeline" className="relative pt-1">
        {timeline.rows.map((row) => (
          <TimelineRowView
            key={row.key}
            row={row}
            endMs={timeline.endMs}
            beginsMs={timeline.queued.to}
            selected={row.nodeId === selectedNodeId}
            onSelect={() => onSelectNode(row.nodeId)}
          />
        ))}
      </ol>
      <p className="sr-only">The run waited {formatDuration(timeline.queued.to)} for a worker.</p>
    </div>
  );
}

function tickText(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1_000} s`;
  return `${Math.round(ms / 6_000) / 10} min`;
}
