"use client";
import { useLiveNow } from "#ui/live-now.ts";
import { ProgressBar } from "#ui/progress-bar.tsx";
import { Skeleton } from "#ui/skeleton.tsx";
import { WhileNear } from "#ui/while-near.tsx";
import { RunBars } from "./run-bars.tsx";
import { runShare } from "./run-share.ts";
import { RunSummaryText } from "./run-summary.tsx";
import { isOver } from "./state-of.ts";
import { useExecution } from "./use-execution.ts";
import { useExecutionList } from "./use-execution-list.ts";

/**
 * A workflow's latest runs for its row in a list: bars, and how the last one stands. Live. While a run is under way its progress
 * lies along the lower edge of the row, which must be positioned.
 */
export function RecentRuns({ workflowId }: { workflowId: string }) {
  // A socket carries so many subscriptions and no more, and nobody looks at a hundred rows at once.
  return (
    <WhileNear placeholder={<Skeleton className="h-5 w-40" />}>
      <LiveRuns workflowId={workflowId} />
    </WhileNear>
  );
}

function LiveRuns({ workflowId }: { workflowId: string }) {
  const { runs, failed } = useExecutionList(workflowId);
  const newest = runs?.[0];
  const underWay = newest && !isOver(newest.status) ? newest : null;
  const now = useLiveNow(underWay ? 500 : null);
  if (failed) return <span className="text-xs text-muted">Runs cannot be read</span>;
  if (!runs) return <Skeleton className="h-5 w-40" />;
  return (
    <span className="flex items-center gap-3">
      <RunBars runs={runs} now={now} />
      {newest ? <RunSummaryText run={newest} /> : <span className="text-xs text-muted">No runs yet</span>}
      {underWay ? <RowProgress key={underWay.executionId} executionId={underWay.executionId} /> : null}
    </span>
  );
}

/** Only while a run is under way, so that a list at rest follows no run. */
function RowProgress({ executionId }: { executionId: string }) {
  const { view } = useExecution(executionId);
  if (!view) return null;
  return (
    <ProgressBar
      label="Progress of the run"
      done={Math.round(runShare(view) * 100)}
      total={100}
      className="absolute inset-x-0 bottom-0 h-0.5 rounded-none"
    />
  );
}
