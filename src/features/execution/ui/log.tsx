"use client";
/** The run in words. Follows the end while the reader is at the end, and stays put when they have scrolled up. */
import { useEffect, useMemo, useRef } from "react";
import { cx } from "#ui/cx.ts";
import { formatAbsolute, formatClock } from "#ui/format.ts";
import { StateIcon } from "#ui/state-icon.tsx";
import { useFollowedEnd } from "#ui/use-followed-end.ts";
import type { ExecutionView } from "../reduce.ts";
import { logOf } from "./log-model.ts";
import { isOver } from "./state-of.ts";

/** Where a state's icon would stand, for what is over. */
function Past() {
  return (
    <span aria-hidden className="flex size-4 shrink-0 items-center justify-center">
      <span className="size-1 rounded-full bg-line-strong" />
    </span>
  );
}

export function Log({ view, selectedNodeId, className }: { view: ExecutionView; selectedNodeId: string | null; className?: string }) {
  const lines = useMemo(() => logOf(view), [view]);
  const { box, following, onScroll } = useFollowedEnd(lines.at(-1)?.key, !isOver(view.status));
  // What was there when the log was opened is not news.
  const known = useRef(new Set(lines.map((line) => line.key)));

  useEffect(() => {
    if (selectedNodeId === null) return;
    const line = box.current?.querySelector(`[data-node="${CSS.escape(selectedNodeId)}"]`);
    if (!line) return;
    following.current = false;
    line.scrollIntoView({ block: "nearest" });
  }, [selectedNodeId, box, following]);

  return (
    <section
      ref={box}
      aria-label="Log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={onScroll}
      className={cx("overflow-y-auto scroll-quiet -outline-offset-2", className)}
    >
      <ol className="py-1 font-mono text-xs">
        {lines.map((line) => (
          <li
            key={line.key}
            data-node={line.nodeId}
            className={cx(
              "flex items-start gap-x-2 px-4 py-1 max-sm:flex-wrap sm:gap-x-3",
              !known.current.has(line.key) && "animate-lit",
              line.nodeId !== null && line.nodeId === selectedNodeId && "bg-active",
            )}
          >
            <time
              dateTime={line.at.toISOString()}
              title={formatAbsolute(line.at)}
              className="shrink-0 tabular-nums text-muted max-sm:order-1"
            >
              {formatClock(line.at)}
            </time>
            {line.state ? <StateIcon state={line.state} decorative className="animate-none" /> : <Past />}
            {/* Narrow: who and when in one line, what below it. */}
            <span className="min-w-0 truncate text-muted max-sm:flex-1 sm:w-40 sm:shrink-0" title={line.source}>
              {line.source}
            </span>
            <span
              className={cx("min-w-0 break-words max-sm:order-2 max-sm:basis-full max-sm:pl-6", line.state === "failed" && "text-failed")}
            >
              {line.text}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
