/**
 * Everything that a run writes, one method per thing that happened. Each is one transaction: the row and the event that tells of
 * it, with the same instant, under the fence of this claim. When another worker has claimed the run, or it has been deleted with
 * its stream and the fence on it, the whole write is refused, so a worker that was paused writes nothing (LOG5).
 */
import { and, eq, inArray, sql } from "drizzle-orm";
import type { GraphNode, Item } from "#nodes/graph.ts";
import { type NewEvent, RealtimeError, type RealtimeTransaction } from "#realtime/index.ts";
import type { Runtime } from "#server/runtime.ts";
import type { Claim } from "./claim.ts";
import { executionListTopic, executionTopic, type Failure } from "./events.ts";
import type { StoredItems } from "./items.ts";
import { failedStatus, type SkipReason, skipMessages } from "./reduce.ts";
import { execution, executionNode } from "./schema.ts";
import { toSummary } from "./view.ts";

export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly message: string;
}

export interface Skipped {
  readonly nodeId: string;
  /** The number its row gets: one more than the node's attempts so far. */
  readonly attempt: number;
  readonly reason: SkipReason;
}

export type Ending = { readonly status: "success" | "error" | "cancelled"; readonly error: Failure | null };

type Publish = (event: NewEvent<typeof executionTopic>) => void;

export class Ledger {
  readonly #runtime: Runtime;
  readonly #claim: Claim;

  constructor(runtime: Runtime, claim: Claim) {
    this.#runtime = runtime;
    this.#claim = claim;
  }

  /** Which attempts there are, for a run that another worker began. */
  async attempts() {
    const { db } = this.#runtime;
    const { nodeId, attempt, status, error, itemCount, nextRetryAt, message } = executionNode;
    return db
      .select({ nodeId, attempt, status, error, itemCount, nextRetryAt, message })
      .from(executionNode)
      .where(eq(executionNode.executionId, this.#claim.execution.id))
      .orderBy(executionNode.attempt);
  }

  /** How much the given nodes put out together. Asked before it is read: each may have put out the most there is. */
  async sizeOf(nodeIds: readonly string[]): Promise<{ count: number; bytes: number }> {
    const [size] = await this.#runtime.db
      .select({
        count: sql<number>`coalesce(sum(${executionNode.itemCount}), 0)`.mapWith(Number),
        bytes: sql<number>`coalesce(sum(octet_length(${executionNode.output}::text)), 0)`.mapWith(Number),
      })
      .from(executionNode)
      .where(this.#outputs(nodeIds));
    return size ?? { count: 0, bytes: 0 };
  }

  /** What the given nodes put out, in their order. Read when needed and not kept: outputs may be large, and a run may be long. */
  async outputsOf(nodeIds: readonly string[]): Promise<Item[]> {
    if (nodeIds.length === 0) return [];
    const rows = await this.#runtime.db
      .select({ nodeId: executionNode.nodeId, output: executionNode.output })
      .from(executionNode)
      .where(this.#outputs(nodeIds));
    return nodeIds.flatMap((nodeId) => rows.find((row) => row.nodeId === nodeId)?.output ?? []);
  }

  /** @param input null when it is too large to store; the attempt then fails with the reason. */
  nodeStarted({ id: nodeId }: GraphNode, attempt: number, inputCount: number, input: StoredItems | null): Promise<void> {
    return this.#write(async (tx, publish, at) => {
      await tx.insert(executionNode).values({
        executionId: this.#claim.execution.id,
        nodeId,
        attempt,
        status: "running",
        startedAt: at,
        inputCount,
        // Text that is JSON already: it was written out once to be measured.
        input: input && sql`${input.text}::json`,
      });
      publish({ type: "nodeStarted", data: { nodeId, attempt, inputCount } });
    });
  }

  nodeProgress({ id: nodeId }: GraphNode, attempt: number, progress: Progress): Promise<void> {
    return this.#write(async (tx, publish) => {
      await tx.update(executionNode).set(progress).where(this.#attempt(nodeId, attempt));
      publish({ type: "nodeProgress", data: { nodeId, attempt, ...progress } });
    });
  }

  nodeSucceeded({ id: nodeId }: GraphNode, attempt: number, { text, count: itemCount, preview }: StoredItems): Promise<void> {
    return this.#write(async (tx, publish, at) => {
      const end = { status: "success" as const, finishedAt: at, itemCount, preview, output: sql`${text}::json` };
      await tx.update(executionNode).set(end).where(this.#attempt(nodeId, attempt));
      publish({ type: "nodeOutput", data: { nodeId, attempt, itemCount, preview } });
      publish({ type: "nodeFinished", data: { nodeId, attempt, itemCount } });
    });
  }

  /** @returns when the next attempt is due, or null. */
  async nodeFailed({ id: nodeId }: GraphNode, attempt: number, error: Failure, nextRetryMs: number | null): Promise<Date | null> {
    let nextRetryAt: Date | null = null;
    await this.#write(async (tx, publish, at) => {
      nextRetryAt = nextRetryMs === null ? null : new Date(at.getTime() + nextRetryMs);
      const end = { status: failedStatus(error), finishedAt: at, error, nextRetryAt };
      await tx.update(executionNode).set(end).where(this.#attempt(nodeId, attempt));
      publish({ type: "nodeFailed", data: { nodeId, attempt, error, nextRetryMs } });
    });
    return nextRetryAt;
  }

  nodesSkipped(skipped: readonly Skipped[]): Promise<void> {
    return this.#write((tx, publish, at) => this.#skip(tx, publish, at, skipped));
  }

  /** The end of the run; `skipped` are the nodes that will now never begin. */
  finished({ status, error }: Ending, skipped: readonly Skipped[]): Promise<void> {
    const { execution: run } = this.#claim;
    return this.#write(async (tx, publish, at) => {
      await this.#skip(tx, publish, at, skipped);
      const [row] = await tx.update(execution).set({ status, error, finishedAt: at, leaseUntil: null }).where(this.#mine()).returning();
      if (!row) throw this.#fenced();
      publish({ type: "executionFinished", data: { status, error } });
      tx.publish(executionListTopic, run.workflowId, { type: "executionChanged", data: toSummary(row) }, { at });
    });
  }

  async #skip(tx: RealtimeTransaction, publish: Publish, at: Date, skipped: readonly Skipped[]): Promise<void> {
    if (skipped.length === 0) return;
    const common = { executionId: this.#claim.execution.id, status: "skipped" as const, finishedAt: at };
    await tx
      .insert(executionNode)
      .values(skipped.map(({ nodeId, attempt, reason }) => ({ ...common, nodeId, attempt, message: skipMessages[reason] })));
    for (const { nodeId, reason } of skipped) publish({ type: "nodeSkipped", data: { nodeId, reason } });
  }

  async #write(work: (tx: RealtimeTransaction, publish: Publish, at: Date) => Promise<void>): Promise<void> {
    const { realtime, db } = this.#runtime;
    const { execution: run, fence } = this.#claim;
    await realtime.transaction(db, async (tx) => {
      // Held until the commit: neither a claim nor a deletion comes between this write and its event.
      const [held] = await tx.select({ id: execution.id }).from(execution).where(this.#mine()).for("key share");
      if (!held) throw this.#fenced();
      const at = new Date();
      await work(tx, (event) => tx.publish(executionTopic, run.id, event, { fence, at }), at);
    });
  }

  #mine() {
    const { execution: run, fence } = this.#claim;
    return and(eq(execution.id, run.id), eq(execution.fence, fence), eq(execution.status, "running"));
  }

  #fenced(): RealtimeError {
    return new RealtimeError("FENCED", `Run ${this.#claim.execution.id} has been claimed by another worker, or is gone.`);
  }

  #outputs(nodeIds: readonly string[]) {
    return and(
      eq(executionNode.executionId, this.#claim.execution.id),
      inArray(executionNode.nodeId, [...nodeIds]),
      eq(executionNode.status, "success"),
    );
  }

  #attempt(nodeId: string, attempt: number) {
    return and(
      eq(executionNode.executionId, this.#claim.execution.id),
      eq(executionNode.nodeId, nodeId),
      eq(executionNode.attempt, attempt),
    );
  }
}
