/** Starting and cancelling runs: what people ask for. Every change and the events that tell of it commit together, or not at all. */
import { randomUUID } from "node:crypto";
import { and, count, eq, inArray, isNull, sql } from "drizzle-orm";
import { unknownWorkflow, whyNotRunnable } from "#features/workflow/index.ts";
import { workflow } from "#features/workflow/schema.ts";
import { type Graph, type Json, topologicalOrder } from "#nodes/graph.ts";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { enqueueExecution } from "./claim.ts";
import { executionControlTopic, executionListTopic, executionTopic } from "./events.ts";
import { storableText } from "./items.ts";
import { skipMessages } from "./reduce.ts";
import { type ExecutionRow, execution, executionNode } from "./schema.ts";
import { toSummary, unknownExecution } from "./view.ts";

const MAX_INPUT_BYTES = 256_000;
/** Runs of one workflow that have not ended. Beyond it somebody holds down a key, or nobody runs workers. */
const MAX_OPEN_RUNS = 100;

export interface StartedBy {
  readonly userId: string;
  readonly name: string;
}

export interface StartOptions {
  readonly workflowId: string;
  /** What the workflow's first node sends out; omitted: what the node itself says. */
  readonly input?: Json;
  /** null: the system. */
  readonly startedBy: StartedBy | null;
}

/**
 * Queues a run of the workflow as it is now: the run keeps this graph, whatever is edited later.
 * @throws AppError NOT_FOUND, INVALID when the graph or the input cannot be run, LIMIT when too many runs are open
 */
export async function startExecution(runtime: Runtime, { workflowId, input, startedBy }: StartOptions): Promise<{ executionId: string }> {
  const inputText = input === undefined || input === null ? null : storableText(input);
  if (inputText !== null && Buffer.byteLength(inputText) > MAX_INPUT_BYTES) {
    throw new AppError("INVALID", `The input of a run may have ${MAX_INPUT_BYTES / 1_000} kB of JSON at most.`);
  }
  const executionId = randomUUID();
  await runtime.realtime.transaction(runtime.db, async (tx) => {
    const at = new Date();
    // Locked as the run's foreign key will: a workflow that is being removed is gone first, or has this run to end.
    const [found] = await tx
      .select({ name: workflow.name, graph: workflow.graph })
      .from(workflow)
      .where(and(eq(workflow.id, workflowId), isNull(workflow.removedAt)))
      .for("key share");
    if (!found) throw unknownWorkflow(workflowId);
    assertRunnable(found.name, found.graph);
    await assertRoom(tx, workflowId);
    const [row] = await tx
      .insert(execution)
      .values({
        id: executionId,
        workflowId,
        workflowName: found.name,
        graph: found.graph,
        input: inputText === null ? null : JSON.parse(inputText),
        startedBy: startedBy?.userId ?? null,
        startedByName: startedBy?.name ?? null,
        createdAt: at,
      })
      .returning();
    if (!row) throw new Error(`Run ${executionId} was not inserted.`);
    const nodes = topologicalOrder(found.graph).map(({ id: nodeId, name, type: nodeType }) => ({ nodeId, name, nodeType }));
    const data = { workflowId, workflowName: found.name, startedBy, nodes };
    tx.publish(executionTopic, executionId, { type: "executionQueued", data }, { at });
    tx.publish(executionListTopic, workflowId, { type: "executionChanged", data: toSummary(row) }, { at });
    await enqueueExecution(runtime, tx, { executionId, startedBy: row.startedBy }, executionId);
  });
  return { executionId };
}

/**
 * Ends a run: at once while it is queued, else by telling its worker. Cancelling what has ended changes nothing.
 * @throws AppError NOT_FOUND
 */
export async function cancelExecution(runtime: Runtime, executionId: string, byUserId: string | null): Promise<void> {
  await runtime.realtime.transaction(runtime.db, async (tx) => {
    const at = new Date();
    const [row] = await tx.select().from(execution).where(eq(execution.id, executionId)).for("update");
    if (!row) throw unknownExecution(executionId);
    await cancelLocked(tx, row, byUserId, at);
  });
}

/** The same for a run whose row the transaction has locked. */
export async function cancelLocked(tx: RealtimeTransaction, row: ExecutionRow, byUserId: string | null, at: Date): Promise<void> {
  if (row.cancelRequestedAt !== null || (row.status !== "queued" && row.status !== "running")) return;
  await tx.update(execution).set({ cancelRequestedAt: at }).where(eq(execution.id, row.id));
  if (row.status === "queued") await endQueued(tx, row, at);
  tx.publish(executionControlTopic, row.id, { type: "cancelRequested", data: { byUserId } }, { at });
}

/** Nobody has begun: there is no worker to tell. A claim that comes now finds it ended. */
async function endQueued(tx: RealtimeTransaction, row: ExecutionRow, at: Date): Promise<void> {
  const reason = "cancelled";
  const skipped = topologicalOrder(row.graph).map(({ id: nodeId }) => nodeId);
  await tx.insert(executionNode).values(
    skipped.map((nodeId) => ({
      executionId: row.id,
      nodeId,
      attempt: 1,
      status: "skipped" as const,
      finishedAt: at,
      message: skipMessages[reason],
    })),
  );
  const end = { status: "cancelled" as const, finishedAt: at };
  await tx.update(execution).set(end).where(eq(execution.id, row.id));
  for (const nodeId of skipped) tx.publish(executionTopic, row.id, { type: "nodeSkipped", data: { nodeId, reason } }, { at });
  tx.publish(executionTopic, row.id, { type: "executionFinished", data: { status: "cancelled", error: null } }, { at });
  tx.publish(executionListTopic, row.workflowId, { type: "executionChanged", data: toSummary({ ...row, ...end }) }, { at });
}

function assertRunnable(name: string, graph: Graph): void {
  const reason = whyNotRunnable(graph);
  if (reason !== null) throw new AppError("INVALID", `"${name}" cannot be run. ${reason}`);
}

/** Starts of one workflow count one after another, each until its commit; nothing else waits for them. */
async function assertRoom(tx: RealtimeTransaction, workflowId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`start:${workflowId}`}, 0))`);
  const [open] = await tx
    .select({ count: count() })
    .from(execution)
    .where(and(eq(execution.workflowId, workflowId), inArray(execution.status, ["queued", "running"])));
  if (open && open.count >= MAX_OPEN_RUNS) {
    throw new AppError("LIMIT", `${open.count} runs of this workflow have not ended yet. Cancel some, or wait.`);
  }
}
