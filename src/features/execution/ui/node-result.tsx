"use client";
import { Badge } from "#ui/badge.tsx";
import { Elapsed } from "#ui/elapsed.tsx";
import { formatCount, formatElapsed, formatItems } from "#ui/format.ts";
import { useLiveNow } from "#ui/live-now.ts";
import type { ExecutionView, NodeAttempt } from "../reduce.ts";
import { isOver, stateOf } from "./state-of.ts";

/** What one node did in a run, attempt by attempt, the latest first, with what it gave out. */
export function NodeResult({ view, nodeId }: { view: ExecutionView; nodeId: string }) {
  const node = view.nodes[nodeId];
  if (!node) return <p className="text-xs text-muted">This run was started before the node was added.</p>;
  if (node.attempts.length === 0) return <Badge state="queued">Not started</Badge>;
  return (
    <ol className="flex flex-col gap-4">
      {node.attempts.toReversed().map((attempt) => (
        <AttemptDetails
          key={attempt.attempt}
          attempt={attempt}
          only={node.attempts.length === 1}
          // An earlier one was followed already, and of a run that is over none will be.
          nextAt={attempt === node.attempts.at(-1) && !isOver(view.status) ? attempt.nextRetryAt : null}
        />
      ))}
    </ol>
  );
}

function AttemptDetails({ attempt, only, nextAt }: { attempt: NodeAttempt; only: boolean; nextAt: Date | null }) {
  return (
    <li className="flex flex-col gap-1.5 text-xs">
      <div className="flex items-center justify-between gap-2 tabular-nums">
        <Badge state={stateOf(attempt.status)} />
        <span className="text-muted">
          {only ? null : `Attempt ${attempt.attempt} · `}
          {attempt.startedAt ? <Elapsed from={attempt.startedAt} to={attempt.finishedAt} /> : null}
        </span>
      </div>
      <p className="tabular-nums text-muted">
        {[
          attempt.inputCount === null ? null : `${formatItems(attempt.inputCount)} in`,
          attempt.itemCount === null ? null : `${formatItems(attempt.itemCount)} out`,
          attempt.done === null
            ? null
            : `${formatCount(attempt.done)}${attempt.total === null ? "" : ` of ${formatCount(attempt.total)}`} done`,
        ]
          .filter((part) => part !== null)
          .join(" · ")}
      </p>
      {attempt.error ? (
        <p className="break-words text-failed">{attempt.error.message}</p>
      ) : attempt.message ? (
        <p className="break-words">{attempt.message}</p>
      ) : null}
      {attempt.status === "error" && nextAt ? <NextAttempt at={nextAt} /> : null}
      {attempt.preview ? (
        <pre className="max-h-56 overflow-auto whitespace-pre-wrap break-words rounded-sm bg-sunken px-2 py-1 font-mono leading-5 scroll-quiet">
          {pretty(attempt.preview)}
        </pre>
      ) : null}
    </li>
  );
}

function NextAttempt({ at }: { at: Date }) {
  const leftMs = at.getTime() - useLiveNow(1_000);
  return <p className="tabular-nums text-muted">Next attempt {leftMs < 1_000 ? "now" : `in ${formatElapsed(leftMs)}`}</p>;
}

/** Indents a preview that is whole JSON; one that was cut is shown as it is. */
function pretty(preview: string): string {
  try {
    return JSON.stringify(JSON.parse(preview), null, 2);
  } catch {
    return preview;
  }
}
