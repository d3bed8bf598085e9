/**
 * Whose run it is. A worker claims a run for ten seconds and renews the claim while it lives; when it dies the claim runs out and
 * another worker's sweep takes the run. Every claim raises the run's fence, in its row and on its stream, so that a worker
 * which was only paused and wakes up finds each of its writes refused (LOG5, JOB1).
 */
import { and, count, eq, inArray, isNull, lt, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { RealtimeTransaction } from "#realtime/index.ts";
import type { Runtime } from "#server/runtime.ts";
import { executionListTopic, executionTopic, type Failure } from "./events.ts";
import { failureCodes } from "./reduce.ts";
import { type ExecutionRow, execution, executionNode } from "./schema.ts";
import { toSummary } from "./view.ts";

/** Longer than a garbage collection or a slow database takes; short enough that a run does not seem dead. */
export const LEASE_SECONDS = 10;
/** A node that was running when its worker died so often probably killed it: it is not tried again. */
const MAX_LOST_ATTEMPTS = 3;

export interface Claim {
  readonly execution: ExecutionRow;
  readonly fence: number;
}

const leaseEnd = sql`now() + make_interval(secs => ${LEASE_SECONDS})`;
/** Nobody has it: never claimed, given back, or its worker has stopped renewing. */
export const unclaimed = and(
  inArray(execution.status, ["queued", "running"]),
  or(isNull(execution.leaseUntil), lt(execution.leaseUntil, sql`now()`)),
);

/** Makes `workerId` the one that runs it; null when it has ended or another worker has it. */
export async function claimExecution(runtime: Runtime, executionId: string, workerId: string): Promise<Claim | null> {
  return runtime.realtime.transaction(runtime.db, async (tx) => {
    const at = new Date();
    const [found] = await tx
      .select({ leaseUntil: execution.leaseUntil })
      .from(execution)
      .where(and(eq(execution.id, executionId), unclaimed))
      .for("update");
    if (!found) return null;
    const [row] = await tx
      .update(execution)
      .set({
        fence: sql`${execution.fence} + 1`,
        workerId,
        leaseUntil: leaseEnd,
        status: "running",
        startedAt: sql`coalesce(${execution.startedAt}, ${at.toISOString()}::timestamptz)`,
      })
      .where(eq(execution.id, executionId))
      .returning();
    if (!row) return null;
    const { fence } = row;
    await tx.raiseFence(executionTopic, executionId, fence);
    tx.publish(executionTopic, executionId, { type: "executionStarted", data: { fence, workerId } }, { fence, at });
    if (fence === 1) tx.publish(executionListTopic, row.workflowId, { type: "executionChanged", data: toSummary(row) }, { at });
    // A claim that ran out tells of a worker that died; one that is empty was given back.
    else await endLeftAttempts(tx, row, found.leaseUntil === null ? failureCodes.workerStopped : failureCodes.workerLost, at);
    return { execution: row, fence };
  });
}

/** What the worker before was doing when it left: those attempts failed, and their nodes are tried again at once. */
async function endLeftAttempts(tx: RealtimeTransaction, { id, fence }: ExecutionRow, code: string, at: Date): Promise<void> {
  const ofThisRun = eq(executionNode.executionId, id);
  const running = await tx
    .select({ nodeId: executionNode.nodeId, attempt: executionNode.attempt })
    .from(executionNode)
    .where(and(ofThisRun, eq(executionNode.status, "running")));
  if (running.length === 0) return;
  const lost = await tx
    .select({ nodeId: executionNode.nodeId, count: count() })
    .from(executionNode)
    .where(and(ofThisRun, sql`${executionNode.error} ->> 'code' = ${failureCodes.workerLost}`))
    .groupBy(executionNode.nodeId);
  for (const { nodeId, attempt } of running) {
    const times = 1 + (lost.find((each) => each.nodeId === nodeId)?.count ?? 0);
    const again = code === failureCodes.workerStopped || times < MAX_LOST_ATTEMPTS;
    const error: Failure = { code, message: leftMessage(code, again, times) };
    await tx
      .update(executionNode)
      .set({ status: "error", finishedAt: at, error, nextRetryAt: again ? at : null })
      .where(and(ofThisRun, eq(executionNode.nodeId, nodeId), eq(executionNode.attempt, attempt)));
    const data = { nodeId, attempt, error, nextRetryMs: again ? 0 : null };
    tx.publish(executionTopic, id, { type: "nodeFailed", data }, { fence, at });
  }
}

function leftMessage(code: string, again: boolean, times: number): string {
  if (code === failureCodes.workerStopped) return "The server that ran this was shut down; another one goes on.";
  if (again) return "The server that ran this was lost; another one goes on.";
  return `The server that ran this was lost ${times} times while at it, so it is not tried again.`;
}

const mine = (executionId: string, fence: number) =>
  and(eq(execution.id, executionId), eq(execution.fence, fence), eq(execution.status, "running"));

/** Keeps the claim for another ten seconds. `lost`: another worker has the run, or it is gone. */
export async function renewLease(runtime: Runtime, executionId: string, fence: number): Promise<"held" | "cancelRequested" | "lost"> {
  const [row] = await runtime.db
    .update(execution)
    .set({ leaseUntil: leaseEnd })
    .where(mine(executionId, fence))
    .returning({ cancelRequestedAt: execution.cancelRequestedAt });
  if (!row) return "lost";
  return row.cancelRequestedAt === null ? "held" : "cancelRequested";
}

/** Gives the run back and wakes the workers, so that one of them goes on with it at once. */
export async function releaseLease(runtime: Runtime, executionId: string, fence: number): Promise<void> {
  await runtime.realtime.transaction(runtime.db, async (tx) => {
    const [released] = await tx
      .update(execution)
      .set({ leaseUntil: null })
      .where(mine(executionId, fence))
      .returning({ startedBy: execution.startedBy });
    if (released) await enqueueExecution(runtime, tx, { executionId, startedBy: released.startedBy });
  });
}

/** Lets the run rest for a moment, then any worker may have it: after trouble that trying again at once would only repeat. */
export async function postponeLease(runtime: Runtime, executionId: string, fence: number, delayMs: number): Promise<void> {
  await runtime.db
    .update(execution)
    .set({ leaseUntil: sql`now() + make_interval(secs => ${delayMs / 1_000})` })
    .where(mine(executionId, fence));
}

/** The queue whose jobs say: this run may want a worker. */
export const EXECUTION_QUEUE = "execution";

export const executionJob = z.object({ executionId: z.uuid(), startedBy: z.uuid().nullable() });
export type ExecutionJob = z.infer<typeof executionJob>;

/** Says so. A job with the `id` of the run is its first: there is one, however often it is said. */
export function enqueueExecution({ jobs }: Runtime, tx: RealtimeTransaction, job: ExecutionJob, id?: string): Promise<void> {
  return jobs.enqueue(tx, EXECUTION_QUEUE, job, { ...(id && { id }), ...(job.startedBy && { group: job.startedBy }) });
}
