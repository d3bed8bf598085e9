import type { ExecutionSummary } from "../events.ts";

/** How long a run of this workflow usually takes, in milliseconds: the median of the latest that succeeded; null before the first. */
export function expectedDurationMs(runs: readonly ExecutionSummary[]): number | null {
  const durations = runs
    .flatMap(({ status, startedAt, finishedAt }) =>
      status === "success" && startedAt && finishedAt ? [finishedAt.getTime() - startedAt.getTime()] : [],
    )
    .slice(0, 9)
    .sort((a, b) => a - b);
  return durations[Math.floor(durations.length / 2)] ?? null;
}
