/**
 * The list of one's workflows, and its stream.
 *
 * A change to one workflow shows in the list of each of its members. Their streams are not written in the transaction of the
 * change: it would hold as many counters as there are members, and two such transactions would queue behind each other. Instead
 *   1. the transaction notes whose list now lacks what (`workflow_list_change`: plain inserts, which nobody waits for);
 *   2. after its commit the notes are turned into events, in a short transaction that deletes them as it publishes.
 * Whoever dies between the two leaves the notes behind, and the next change anywhere, or the keeper of any process within two
 * seconds, writes what is missing (WFL5).
 *
 * An event holds the summary as it is and not what changed. It is read after the list's counter is locked, so a later event never
 * tells something older: the last one is the truth, however many processes write at once. That is why this does not go through
 * `realtime.publish`, which would have to be handed a summary that was read before its place in the order is known.
 */
import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import { user } from "#features/account/schema.ts";
import type { RealtimeTransaction } from "#realtime/index.ts";
import type { Runtime } from "#server/runtime.ts";
import { type WorkflowSummary, workflowListTopic } from "./events.ts";
import { byName } from "./reduce.ts";
import { workflow, workflowListChange, workflowMember } from "./schema.ts";

type Services = Pick<Runtime, "db" | "realtime" | "log">;

/** Notes written at once; more are taken in rounds. */
const MAX_CHANGES = 100;
const MEMBERS_SHOWN = 4;

/** All workflows of this user in the list's order, and the position in its stream. */
export async function listWorkflows(
  { db, realtime }: Pick<Services, "db" | "realtime">,
  userId: string,
): Promise<{ items: WorkflowSummary[]; position: string }> {
  const { view, position } = await realtime.snapshot(db, workflowListTopic, userId, (tx) => summariesOf(tx, [userId]));
  return { items: view.map(({ summary }) => summary).sort(byName), position };
}

/** Notes, in the transaction of a change, that it shows in the lists of the workflow's members, and of these others. */
export async function markLists(tx: RealtimeTransaction, workflowId: string, alsoUserIds: readonly string[] = []): Promise<void> {
  const members = await tx.select({ userId: workflowMember.userId }).from(workflowMember).where(eq(workflowMember.workflowId, workflowId));
  const userIds = new Set([...members.map(({ userId }) => userId), ...alsoUserIds]);
  if (userIds.size > 0) await tx.insert(workflowListChange).values([...userIds].map((userId) => ({ userId, workflowId })));
}

/** Writes what lists lack. Never rejects: the change has committed, and what fails here is tried again. */
export async function flushLists(services: Services): Promise<void> {
  try {
    while (await flushSome(services));
  } catch (error) {
    services.log.warn("Lists of workflows could not be brought up to date; trying again.", { error });
  }
}

/** @returns whether there may be more */
async function flushSome({ db, realtime }: Services): Promise<boolean> {
  return realtime.transaction(db, async (tx) => {
    const changes = await tx
      .select()
      .from(workflowListChange)
      .orderBy(asc(workflowListChange.id))
      .limit(MAX_CHANGES)
      .for("update", { skipLocked: true });
    if (changes.length === 0) return false;
    const ids = changes.map(({ id }) => id);
    await tx.delete(workflowListChange).where(inArray(workflowListChange.id, ids));

    const known = await tx
      .select({ id: user.id })
      .from(user)
      .where(inArray(user.id, [...new Set(changes.map(({ userId }) => userId))]));
    const userIds = known.map(({ id }) => id).sort();
    for (const userId of userIds) await tx.lock(workflowListTopic, userId);
    // Only now: whoever wrote to these lists before has committed, and what is read here is no older.
    const summaries = await summariesOf(
      tx,
      userIds,
      changes.map(({ workflowId }) => workflowId),
    );
    const current = new Map(summaries.map(({ userId, summary }) => [keyOf(userId, summary.id), summary]));
    for (const { userId, workflowId } of new Map(changes.map((change) => [keyOf(change.userId, change.workflowId), change])).values()) {
      if (!userIds.includes(userId)) continue;
      const summary = current.get(keyOf(userId, workflowId));
      tx.publish(
        workflowListTopic,
        userId,
        summary ? { type: "workflowListed", data: summary } : { type: "workflowUnlisted", data: { workflowId } },
      );
    }
    return changes.length === MAX_CHANGES;
  });
}

const keyOf = (userId: string, workflowId: string) => `${userId} ${workflowId}`;

const memberCount = sql<number>`(select count(*)::int from ${workflowMember} m where m.workflow_id = ${workflow.id})`;
const members = sql<WorkflowSummary["members"]>`(
  select coalesce(json_agg(json_build_object('userId', first.id, 'name', first.name, 'color', first.color) order by first.created_at, first.id), '[]') from (
    select u.id, u.name, u.color, m.created_at from ${workflowMember} m join ${user} u on u.id = m.user_id
    where m.workflow_id = ${workflow.id} order by m.created_at, u.id limit ${sql.raw(String(MEMBERS_SHOWN))}
  ) first)`;

async function summariesOf(tx: RealtimeTransaction, userIds: readonly string[], workflowIds?: readonly string[]) {
  return tx
    .select({
      userId: workflowMember.userId,
      summary: {
        id: workflow.id,
        name: workflow.name,
        description: workflow.description,
        active: workflow.active,
        role: workflowMember.role,
        updatedAt: workflow.updatedAt,
        nodeCount: sql<number>`jsonb_array_length(${workflow.graph} -> 'nodes')`,
        memberCount,
        members,
      },
    })
    .from(workflowMember)
    .innerJoin(workflow, eq(workflow.id, workflowMember.workflowId))
    .where(
      and(inArray(workflowMember.userId, [...userIds]), isNull(workflow.removedAt), workflowIds && inArray(workflow.id, [...workflowIds])),
    );
}
