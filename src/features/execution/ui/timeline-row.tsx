"use client";
import { definitions } from "#nodes/definitions.ts";
import { cx } from "#ui/cx.ts";
import { formatDuration } from "#ui/format.ts";
import { NamedIcon } from "#ui/named-icon.tsx";
import { stateFill, stateWords } from "#ui/state.ts";
import { StateIcon } from "#ui/state-icon.tsx";
import { Tooltip } from "#ui/tooltip.tsx";
import { timelineColumns, timelineTrack } from "./timeline-columns.ts";
import type { Span, TimelineRow } from "./timeline-model.ts";

export interface TimelineRowProps {
  row: TimelineRow;
  endMs: number;
  /** When the run began; what has no place in time is noted there. */
  beginsMs: number;
  selected: boolean;
  onSelect: () => void;
}

export function TimelineRowView({ row, endMs, beginsMs, selected, onSelect }: TimelineRowProps) {
  const place = ({ from, to }: Span) => ({ left: `${(from / endMs) * 100}%`, width: `max(2px, ${((to - from) / endMs) * 100}%)` });
  return (
    <li>
      <Tooltip
        label={
          <>
            <span className="font-medium">
              {row.name}
              {row.again ? `, attempt ${row.attempt}` : ""}: {stateWords[row.state]}
            </span>
            <br />
            {row.figures}
            {row.queued && row.ran ? ` · waited ${formatDuration(row.queued.to - row.queued.from)}` : ""}
          </>
        }
      >
        <button
          type="button"
          onClick={onSelect}
          aria-pressed={selected}
          className={cx(
            timelineColumns,
            "w-full pr-4 text-left -outline-offset-2 hover:bg-hover max-sm:pt-1 sm:h-8",
            selected && "bg-active",
          )}
        >
          {/* Over the rulings, which cross it where it stands above its track. */}
          <span className="relative z-10 flex min-w-0 items-center gap-2 pl-4 max-sm:h-6 sm:h-8 sm:pr-3">
            {row.again ? (
              <span className="min-w-0 flex-1 truncate pl-6 text-muted">Attempt {row.attempt}</span>
            ) : (
              <>
                <NamedIcon name={definitions[row.nodeType].icon} className="size-4 shrink-0 text-muted" />
                <span className="min-w-0 flex-1 truncate">{row.name}</span>
              </>
            )}
            {row.took === null ? null : <span className="shrink-0 text-muted">{row.took}</span>}
            <StateIcon state={row.state} />
          </span>
          <span className={cx(timelineTrack, "max-sm:h-5 sm:h-8")}>
            {row.queued ? (
              <span
                style={place(row.queued)}
                className={cx("hatched absolute top-1 h-3 rounded-sm sm:top-2.5", row.again ? "text-waiting" : "text-queued")}
              />
            ) : null}
            {row.ran ? (
              <span
                style={place(row.ran)}
                className={cx(
                  "absolute top-1 h-3 overflow-hidden rounded-sm sm:top-2.5",
                  row.share === null ? stateFill[row.state] : "bg-amber-soft",
                )}
              >
                {row.share === null ? null : (
                  <span style={{ width: `${row.share * 100}%` }} className="absolute inset-y-0 left-0 bg-amber" />
                )}
              </span>
            ) : null}
            {row.state === "skipped" ? (
              <span
                style={{ left: `${(beginsMs / endMs) * 100}%` }}
                className="absolute right-0 truncate leading-5 text-skipped sm:pl-2 sm:leading-8"
              >
                {row.figures}
              </span>
            ) : null}
          </span>
        </button>
      </Tooltip>
    </li>
  );
}
