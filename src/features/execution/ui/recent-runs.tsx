"use client";
import { useLiveNow } from "#ui/live-now.ts";
import { Skeleton } from "#ui/skeleton.tsx";
import { RunBars } from "./run-bars.tsx";
import { RunSummaryText } from "./run-summary.tsx";
import { isOver } from "./state-of.ts";
import { useExecutionList } from "./use-execution-list.ts";

/** A workflow's latest runs for its row in a list: bars, and how the last one stands. Live. */
export function RecentRuns({ workflowId }: { workflowId: string }) {
  const { runs, failed } = useExecutionList(workflowId);
  const newest = runs?.[0];
  const now = useLiveNow(newest && !isOver(newest.status) ? 500 : null);
  if (failed) return <span className="text-xs text-muted">Runs cannot be read</span>;
  if (!runs) return <Skeleton className="h-5 w-40" />;
  return (
    <span className="flex items-center gap-3">
      <RunBars runs={runs} now={now} />
      {newest ? <RunSummaryText run={newest} /> : <span className="text-xs text-muted">No runs yet</span>}
    </span>
  );
}
