"use client";
/** A run's events as they were stored and sent, one by one: what everything else on the page is folded from. */
import { Radio } from "lucide-react";
import { numberOf } from "#client/live-position.ts";
import { cx } from "#ui/cx.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { formatAbsolute, formatClock } from "#ui/format.ts";
import { JsonView } from "#ui/json-view.tsx";
import { LoadingRegion } from "#ui/loading-region.tsx";
import { Skeleton } from "#ui/skeleton.tsx";
import { useFollowedEnd } from "#ui/use-followed-end.ts";
import { executionTopic } from "../events.ts";
import type { ExecutionView } from "../reduce.ts";
import { RunProblem } from "./run-problem.tsx";
import { KEPT_EVENTS, useExecutionEvents } from "./use-execution-events.ts";

export function Events({ view, className }: { view: ExecutionView; className?: string }) {
  const { events, status, error, retry } = useExecutionEvents(view.id);
  const { box, onScroll } = useFollowedEnd(events.at(-1)?.position, true);

  if (error) return <RunProblem error={error} onRetry={retry} />;
  if (events.length === 0) {
    // Until then there is at least one, on its way.
    return status === "live" && Date.now() - view.createdAt.getTime() > executionTopic.retention.maxAgeMs ? (
      <EmptyState icon={<Radio />} title="No events">
        They are kept for thirty days; this run's are gone. What it did is still in the timeline and the log.
      </EmptyState>
    ) : (
      <LoadingRegion label="Loading events" className="flex flex-col gap-2 p-4">
        {[70, 56, 64].map((width) => (
          <Skeleton key={width} className="h-4" style={{ width: `${width}%` }} />
        ))}
      </LoadingRegion>
    );
  }
  return (
    <section
      ref={box}
      aria-label="Events"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={onScroll}
      className={cx("overflow-y-auto scroll-quiet -outline-offset-2", className)}
    >
      {events.length >= KEPT_EVENTS ? <p className="px-4 pt-2 text-xs text-muted">The newest {KEPT_EVENTS.toLocaleString("en")}.</p> : null}
      <ol className="py-1 font-mono text-xs">
        {events.map(({ position, event: { type, at, data } }) => (
          <li key={position}>
            <details>
              <summary className="flex cursor-pointer list-none items-baseline gap-x-3 px-4 py-1 pointer-coarse:py-2 -outline-offset-2 hover:bg-hover [&::-webkit-details-marker]:hidden">
                <span className="w-8 shrink-0 text-right tabular-nums text-muted" title={`Position ${position}`}>
                  {numberOf(position)}
                </span>
                <time dateTime={at.toISOString()} title={formatAbsolute(at)} className="shrink-0 tabular-nums text-muted max-sm:hidden">
                  {formatClock(at)}
                </time>
                <span className="shrink-0 sm:w-36">{type}</span>
                <span className="min-w-0 truncate text-muted">{JSON.stringify(data)}</span>
              </summary>
              <JsonView value={data} className="mx-4 mb-1 rounded-sm bg-sunken px-2 py-1" />
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
