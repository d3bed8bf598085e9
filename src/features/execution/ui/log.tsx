"use client";
/** The run in words. Follows the end while the reader is at the end, and stays put when they have scrolled up. */
import { useEffect, useMemo, useRef } from "react";
import { cx } from "#ui/cx.ts";
import { formatAbsolute, formatClock } from "#ui/format.ts";
import { StateIcon } from "#ui/state-icon.tsx";
import type { ExecutionView } from "../reduce.ts";
import { logOf } from "./log-model.ts";
import { isOver } from "./state-of.ts";

const NEAR_END_PX = 24;

export function Log({ view, selectedNodeId, className }: { view: ExecutionView; selectedNodeId: string | null; className?: string }) {
  const lines = useMemo(() => logOf(view), [view]);
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(!isOver(view.status));
  const last = lines.at(-1)?.key;
  // What was there when the log was opened is not news.
  const known = useRef(new Set(lines.map((line) => line.key)));

  useEffect(() => {
    if (last && following.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [last]);

  useEffect(() => {
    if (selectedNodeId === null) return;
    const line = box.current?.querySelector(`[data-node="${CSS.escape(selectedNodeId)}"]`);
    if (!line) return;
    following.current = false;
    line.scrollIntoView({ block: "nearest" });
  }, [selectedNodeId]);

  return (
    <section
      ref={box}
      aria-label="Log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        following.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      }}
      className={cx("overflow-y-auto scroll-quiet -outline-offset-2", className)}
    >
      <ol className="py-1 font-mono text-xs">
        {lines.map((line) => (
          <li
            key={line.key}
            data-node={line.nodeId}
            className={cx(
              "flex items-start gap-2 px-4 py-1 sm:gap-3",
              !known.current.has(line.key) && "animate-lit",
              line.nodeId !== null && line.nodeId === selectedNodeId && "bg-active",
            )}
          >
            <time
              dateTime={line.at.toISOString()}
              title={formatAbsolute(line.at)}
              className="shrink-0 tabular-nums text-muted max-sm:sr-only"
            >
              {formatClock(line.at)}
            </time>
            <StateIcon state={line.state} decorative className="animate-none" />
            <span className="w-20 shrink-0 truncate text-muted sm:w-32" title={line.source}>
              {line.source}
            </span>
            <span className={cx("min-w-0 break-words", line.state === "failed" && "text-failed")}>{line.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
