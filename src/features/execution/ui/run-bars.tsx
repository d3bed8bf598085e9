import { cx } from "#ui/cx.ts";
import { formatDuration } from "#ui/format.ts";
import { type State, stateWords } from "#ui/state.ts";
import type { ExecutionSummary } from "../events.ts";
import { stateOf } from "./state-of.ts";

const SHOWN = 10;
const LOWEST_PX = 5;
const HIGHEST_PX = 20;

const fills: Record<State, string> = {
  queued: "border border-dashed border-queued",
  running: "bg-amber animate-breathe",
  waiting: "bg-waiting",
  success: "bg-success",
  failed: "bg-failed",
  cancelled: "border border-cancelled",
  skipped: "bg-line-strong",
};

/** The last ten runs as bars, the newest at the right: height is duration against the longest of them, colour is state. */
export function RunBars({ runs, now }: { runs: readonly ExecutionSummary[]; now: number }) {
  const shown = runs.slice(0, SHOWN).reverse();
  const longest = Math.max(1, ...shown.map((run) => durationMs(run, now)));
  const newest = shown.at(-1);
  const text = newest ? `${shown.length} runs, the latest ${stateWords[stateOf(newest.status)].toLowerCase()}` : "No runs yet";
  return (
    <div role="img" aria-label={text} className="flex h-5 items-end gap-0.5">
      {Array.from({ length: SHOWN - shown.length }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the placeholders are all alike
        <span key={index} className="h-px w-1.5 bg-line-strong" />
      ))}
      {shown.map((run) => {
        const ms = durationMs(run, now);
        return (
          <span
            key={run.executionId}
            title={`${stateWords[stateOf(run.status)]}, ${formatDuration(ms)}`}
            style={{ height: LOWEST_PX + (ms / longest) * (HIGHEST_PX - LOWEST_PX) }}
            className={cx("w-1.5 rounded-[1px]", fills[stateOf(run.status)])}
          />
        );
      })}
    </div>
  );
}

function durationMs(run: ExecutionSummary, now: number): number {
  return Math.max(0, (run.finishedAt?.getTime() ?? now) - (run.startedAt ?? run.createdAt).getTime());
}
