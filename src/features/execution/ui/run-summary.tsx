import { Badge } from "#ui/badge.tsx";
import { Elapsed } from "#ui/elapsed.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import type { ExecutionSummary } from "../events.ts";
import { stateOf } from "./state-of.ts";

/** How a run stands, in half a line. */
export function RunSummaryText({ run }: { run: ExecutionSummary }) {
  return (
    <span className="flex items-center gap-2 whitespace-nowrap text-xs tabular-nums">
      <Badge state={stateOf(run.status)} compact />
      {run.startedAt && !run.finishedAt ? <Elapsed from={run.startedAt} to={null} className="text-muted" /> : null}
      {run.finishedAt ? <RelativeTime at={run.finishedAt} className="text-muted" /> : null}
    </span>
  );
}
