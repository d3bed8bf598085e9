/**
 * A workflow that goes, in two steps.
 *
 * The first is one transaction: it has no members any more, so from its commit on nobody sees it; its runs are told to end. The
 * second waits until they have: a worker that was in the middle of one still finds what it writes to. Then the rows go, and the
 * streams with them. The keeper of any process does that, so it also happens when the process that began it is gone.
 */
import { and, asc, eq, isNotNull } from "drizzle-orm";
import { user } from "#features/account/schema.ts";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { publishAccessChanged } from "#server/access.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { workflowTopic } from "./events.ts";
import { workflowPurging, workflowRemoving } from "./hooks.ts";
import { markLists } from "./list.ts";
import { lockWorkflow, type WorkflowCaller } from "./roles.ts";
import { workflow, workflowInvitation, workflowMember } from "./schema.ts";
import { changeWorkflow, type Services } from "./service.ts";

/** Of one look. What is left over is found by the next. */
const MAX_PURGED = 100;

/** Removes the workflow for everyone; its runs end as cancelled. @throws AppError NOT_FOUND or FORBIDDEN */
export async function removeWorkflow(services: Services, caller: WorkflowCaller): Promise<void> {
  const options = { strength: "update" as const }; // no run begins until it is gone
  await changeWorkflow(
    services,
    caller,
    "manage",
    async ({ tx, row, byUserId, at, left }) => {
      left.push(...(await remove(services, tx, row.id, byUserId, at)));
    },
    options,
  );
}

/** @returns who was a member */
async function remove(
  { hooks }: Pick<Runtime, "hooks">,
  tx: RealtimeTransaction,
  workflowId: string,
  byUserId: string | null,
  at: Date,
): Promise<string[]> {
  await tx.update(workflow).set({ removedAt: at, active: false }).where(eq(workflow.id, workflowId));
  const gone = await tx
    .delete(workflowMember)
    .where(eq(workflowMember.workflowId, workflowId))
    .returning({ userId: workflowMember.userId });
  await tx.delete(workflowInvitation).where(eq(workflowInvitation.workflowId, workflowId));
  tx.publish(workflowTopic, workflowId, { type: "workflowRemoved", data: { byUserId } }, { at });
  const userIds = gone.map(({ userId }) => userId);
  for (const userId of userIds) publishAccessChanged(tx, userId, { reason: "deleted", about: workflowId });
  await hooks.run(workflowRemoving, tx, { workflowId, byUserId });
  return userIds;
}

/**
 * Takes an account that is about to be deleted out of all its workflows, in the transaction that deletes it. Workflows that
 * nobody else is in are removed with it.
 * @throws AppError CONFLICT with `details.workflows` (their names) when others would be left without an owner
 */
export async function leaveAllWorkflows(services: Pick<Runtime, "hooks">, tx: RealtimeTransaction, userId: string): Promise<void> {
  const memberships = await membershipsOf(tx, userId);
  const orphaned: string[] = [];
  const at = new Date();
  for (const { workflowId } of memberships) {
    const row = await lockWorkflow(tx, workflowId, "update");
    const members = await tx
      .select({ userId: workflowMember.userId, role: workflowMember.role })
      .from(workflowMember)
      .innerJoin(user, eq(user.id, workflowMember.userId))
      .where(eq(workflowMember.workflowId, workflowId));
    const others = members.filter((member) => member.userId !== userId);
    // Removed, or taken away, while this waited for its turn.
    if (!row || others.length === members.length) continue;
    if (others.length === 0) await remove(services, tx, workflowId, userId, at);
    else if (!others.some(({ role }) => role === "owner")) orphaned.push(row.name);
    else {
      await tx.delete(workflowMember).where(and(eq(workflowMember.workflowId, workflowId), eq(workflowMember.userId, userId)));
      tx.publish(workflowTopic, workflowId, { type: "workflowUnshared", data: { userId, byUserId: userId } }, { at });
      await markLists(tx, workflowId);
    }
  }
  if (orphaned.length === 0) return assertNothingSince(tx, userId);
  throw new AppError(
    "CONFLICT",
    `You are the only owner of ${orphaned.map((name) => `"${name}"`).join(", ")}. Make somebody else an owner there first, or remove them.`,
    { details: { rule: "lastOwner", workflows: orphaned } },
  );
}

async function membershipsOf(tx: RealtimeTransaction, userId: string): Promise<{ workflowId: string }[]> {
  return tx
    .select({ workflowId: workflowMember.workflowId })
    .from(workflowMember)
    .where(eq(workflowMember.userId, userId))
    .orderBy(asc(workflowMember.workflowId));
}

/**
 * A workflow that came meanwhile would lose its member without a word, and perhaps its only owner. From the lock on none comes: who
 * gives somebody a role holds their account as well, after the workflow's row as here.
 */
async function assertNothingSince(tx: RealtimeTransaction, userId: string): Promise<void> {
  await tx.select({ id: user.id }).from(user).where(eq(user.id, userId)).for("update");
  const since = await membershipsOf(tx, userId);
  if (since.length > 0) throw new AppError("CONFLICT", "A workflow came to you at this moment. Nothing was deleted; try again.");
}

/** Deletes what was removed and has come to rest. What still goes on is left to the next look. */
export async function purgeRemoved({ db, realtime, hooks }: Pick<Runtime, "db" | "realtime" | "hooks">): Promise<void> {
  const removed = await db.select({ id: workflow.id }).from(workflow).where(isNotNull(workflow.removedAt)).limit(MAX_PURGED);
  for (const { id } of removed) {
    await realtime.transaction(db, async (tx) => {
      const [row] = await tx.select({ id: workflow.id }).from(workflow).where(eq(workflow.id, id)).for("update", { skipLocked: true });
      if (!row) return;
      const answers = await hooks.run(workflowPurging, tx, id);
      if (answers.includes(false)) return;
      await tx.delete(workflow).where(eq(workflow.id, id));
      await tx.forget(workflowTopic, id);
    });
  }
}
