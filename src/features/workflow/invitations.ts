/**
 * Roles that wait for their person.
 *
 * An invitation is found by its address alone, so it may only become a membership once the address is known to be the account's:
 * otherwise anybody could sign up with somebody else's. Inviting and verifying take the address's lock first, then workflows'
 * rows: without it, an invitation that is written while its account is being verified would be seen by neither (WFL3).
 */
import { and, asc, eq, isNotNull, sql } from "drizzle-orm";
import { user } from "#features/account/schema.ts";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { workflowTopic } from "./events.ts";
import { markLists } from "./list.ts";
import { lockWorkflow } from "./roles.ts";
import { workflowInvitation, workflowMember } from "./schema.ts";

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

export const invitationOf = (workflowId: string, email: string) =>
  and(eq(workflowInvitation.workflowId, workflowId), eq(workflowInvitation.email, email));

/** Until the transaction ends nobody else invites this address or verifies it. */
export async function lockAddress(tx: RealtimeTransaction, email: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`invitation:${email}`}, 0))`);
}

/** The account whose address this is known to be. It is not deleted until the transaction ends. */
export async function findVerifiedAccount(tx: RealtimeTransaction, email: string): Promise<Person | null> {
  const [found] = await tx
    .select({ userId: user.id, name: user.name, email: user.email })
    .from(user)
    .where(and(eq(user.email, email), isNotNull(user.emailVerifiedAt)))
    .for("key share");
  return found ?? null;
}

/**
 * Makes the account a member of every workflow that its address was invited to, in the transaction that verifies the address.
 * Doing it again changes nothing, and a role that the account has by then is kept. Bring the lists up to date after the
 * commit (list.ts).
 */
export async function acceptInvitations(tx: RealtimeTransaction, { userId, email }: { userId: string; email: string }): Promise<void> {
  await lockAddress(tx, email);
  const invitations = await tx
    .select({ workflowId: workflowInvitation.workflowId })
    .from(workflowInvitation)
    .where(eq(workflowInvitation.email, email))
    .orderBy(asc(workflowInvitation.workflowId));
  const [account] = await tx.select({ name: user.name }).from(user).where(eq(user.id, userId));
  if (!account) return;
  for (const { workflowId } of invitations) {
    if (!(await lockWorkflow(tx, workflowId))) continue;
    // Asked again under the row's lock: it may have been taken back, or be for another role, meanwhile.
    const [taken] = await tx
      .delete(workflowInvitation)
      .where(invitationOf(workflowId, email))
      .returning({ role: workflowInvitation.role, invitedBy: workflowInvitation.invitedBy });
    if (!taken) continue;
    const at = new Date();
    const added = await tx
      .insert(workflowMember)
      .values({ workflowId, userId, role: taken.role, createdAt: at })
      .onConflictDoNothing()
      .returning({ role: workflowMember.role });
    const data = { userId, name: account.name, role: taken.role, byUserId: taken.invitedBy };
    if (added.length > 0) tx.publish(workflowTopic, workflowId, { type: "workflowShared", data }, { at });
    await markLists(tx, workflowId);
  }
}
