/**
 * Who is in a workflow. Every change of it takes the workflow's row, so two at once come one after the other, and what the second
 * finds is what the first left: of two last owners who leave at once, one stays (WFL2).
 */
import { and, asc, count, eq, ne } from "drizzle-orm";
import { user } from "#features/account/schema.ts";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { publishAccessChanged } from "#server/access.ts";
import type { AttemptRule } from "#server/attempts.ts";
import { AppError } from "#server/errors.ts";
import { workflowTopic } from "./events.ts";
import { findVerifiedAccount, invitationOf, lockAddress, type Person } from "./invitations.ts";
import { type WorkflowRole, workflowPermissions } from "./permissions.ts";
import { assertCanViewWorkflow, type WorkflowCaller } from "./roles.ts";
import { workflowInvitation, workflowMember } from "./schema.ts";
import { type Change, changeWorkflow, type Services } from "./service.ts";

/**
 * More than anybody shares by hand. The answer tells whether an address has an account, and invitations that wait for an address are
 * all accepted when it is confirmed: neither is for scripts.
 */
export const sharingLimit: AttemptRule = { name: "share", points: 300, windowSeconds: 3_600, what: "changes of who is in workflows" };

/** Members and invitations of one workflow together. */
const MAX_PEOPLE = 200;

export interface Member {
  readonly userId: string;
  readonly name: string;
  /** One of the account feature's names of colours. */
  readonly color: string;
  readonly role: WorkflowRole;
  /** For owners only. */
  readonly email?: string;
}

export interface Invitation {
  readonly email: string;
  readonly role: WorkflowRole;
  readonly createdAt: Date;
}

/** Everyone in the workflow, for every member; addresses and invitations for owners. @throws AppError NOT_FOUND */
export async function listMembers(
  { db }: Pick<Services, "db">,
  caller: WorkflowCaller,
): Promise<{ members: Member[]; invitations: Invitation[] }> {
  const { manage } = workflowPermissions[await assertCanViewWorkflow(db, caller)];
  const members = await db
    .select({ userId: user.id, name: user.name, color: user.color, role: workflowMember.role, email: user.email })
    .from(workflowMember)
    .innerJoin(user, eq(user.id, workflowMember.userId))
    .where(eq(workflowMember.workflowId, caller.workflowId))
    .orderBy(asc(workflowMember.role), asc(workflowMember.createdAt), asc(user.id));
  if (!manage) return { members: members.map(({ email: _, ...member }) => member), invitations: [] };
  const { email, role, createdAt } = workflowInvitation;
  const invitations = await db
    .select({ email, role, createdAt })
    .from(workflowInvitation)
    .where(eq(workflowInvitation.workflowId, caller.workflowId))
    .orderBy(asc(createdAt), asc(email));
  return { members, invitations };
}

export interface Share {
  readonly email: string;
  readonly role: WorkflowRole;
  /** Whoever is in it already, or invited, keeps the role they have: this was not meant to change one. @default false */
  readonly onlyNew?: boolean | undefined;
}

/**
 * Gives the owner of an address a role, or another one. Whoever has no account with that address, or has not yet shown that it is
 * theirs, is invited: the role waits until they do.
 * @throws AppError NOT_FOUND, FORBIDDEN, CONFLICT when this would leave no owner, or `onlyNew` and they are not, LIMIT
 */
export async function shareWorkflow(
  services: Services,
  caller: WorkflowCaller,
  { email, role, onlyNew = false }: Share,
): Promise<"shared" | "invited"> {
  const share = async (change: Change) => {
    const account = await findVerifiedAccount(change.tx, email);
    if (onlyNew) await assertNew(change, email, account);
    if (!account) return invite(change, { email, role });
    await giveRole(change, account, role);
    return "shared" as const;
  };
  return changeWorkflow(services, caller, "manage", share, { first: (tx) => lockAddress(tx, email) });
}

async function assertNew({ tx, row }: Change, email: string, account: Person | null): Promise<void> {
  const { role } = workflowInvitation;
  const before = account
    ? await roleOf(tx, row.id, account.userId)
    : (await tx.select({ role }).from(workflowInvitation).where(invitationOf(row.id, email)))[0]?.role;
  if (!before) return;
  throw new AppError("CONFLICT", `${email} is already ${account ? "a member" : "invited"} (${before}).`, {
    details: { rule: "onlyNew", role: before },
  });
}

async function giveRole({ tx, row, byUserId, at }: Change, account: Person, role: WorkflowRole): Promise<void> {
  const before = await roleOf(tx, row.id, account.userId);
  if (before === role) return;
  if (before === "owner") await assertAnotherOwner(tx, row.id, account.userId);
  if (before === null) await assertRoom(tx, row.id);
  await tx
    .insert(workflowMember)
    .values({ workflowId: row.id, userId: account.userId, role, createdAt: at })
    .onConflictDoUpdate({ target: [workflowMember.workflowId, workflowMember.userId], set: { role } });
  // An invitation of the same address has nothing to wait for any more.
  await tx.delete(workflowInvitation).where(invitationOf(row.id, account.email));
  const data = { userId: account.userId, name: account.name, role, byUserId };
  tx.publish(workflowTopic, row.id, { type: "workflowShared", data }, { at });
  // Who could see nothing until now has nothing open that would have to be checked again. A page that was refused reads their list.
  if (before !== null) publishAccessChanged(tx, account.userId, { reason: "roleChanged", about: row.id });
}

async function invite({ tx, row, byUserId, at }: Change, { email, role }: Share): Promise<"invited"> {
  const [before] = await tx.select({ role: workflowInvitation.role }).from(workflowInvitation).where(invitationOf(row.id, email));
  if (before?.role === role) return "invited";
  if (!before) await assertRoom(tx, row.id);
  await tx
    .insert(workflowInvitation)
    .values({ workflowId: row.id, email, role, invitedBy: byUserId, createdAt: at })
    .onConflictDoUpdate({ target: [workflowInvitation.workflowId, workflowInvitation.email], set: { role, invitedBy: byUserId } });
  tx.publish(workflowTopic, row.id, { type: "workflowShared", data: { userId: null, name: null, role, byUserId } }, { at });
  return "invited";
}

/**
 * Takes the workflow away from somebody, or leaves it. What they have open of it ends within two seconds (SUB4). Somebody who is
 * no member stays none.
 * @throws AppError NOT_FOUND, FORBIDDEN, CONFLICT when this would leave no owner
 */
export async function unshareWorkflow(services: Services, caller: WorkflowCaller, userId: string): Promise<void> {
  // Leaving is everybody's right.
  await changeWorkflow(services, caller, userId === caller.userId ? "view" : "manage", (change) => takeRole(change, userId));
}

async function takeRole({ tx, row, byUserId, at, left }: Change, userId: string): Promise<void> {
  const role = await roleOf(tx, row.id, userId);
  if (role === null) return;
  if (role === "owner") await assertAnotherOwner(tx, row.id, userId);
  await tx.delete(workflowMember).where(memberOf(row.id, userId));
  tx.publish(workflowTopic, row.id, { type: "workflowUnshared", data: { userId, byUserId } }, { at });
  publishAccessChanged(tx, userId, { reason: "removed", about: row.id });
  left.push(userId);
}

/** Takes an invitation back; one that is not there is nothing. @throws AppError NOT_FOUND, FORBIDDEN */
export async function uninvite(services: Services, caller: WorkflowCaller, email: string): Promise<void> {
  await changeWorkflow(services, caller, "manage", async ({ tx, row, byUserId, at }) => {
    const gone = await tx.delete(workflowInvitation).where(invitationOf(row.id, email)).returning({ role: workflowInvitation.role });
    const data = { userId: null, byUserId };
    if (gone.length > 0) tx.publish(workflowTopic, row.id, { type: "workflowUnshared", data }, { at });
  });
}

/** Gives an account a role in the workflow, in the system's name. @throws AppError NOT_FOUND, CONFLICT, LIMIT */
export async function setMember(services: Services, { workflowId, userId }: WorkflowCaller, role: WorkflowRole): Promise<void> {
  await changeWorkflow(services, { workflowId, userId: null }, "manage", async (change) => {
    const account = await findAccount(change.tx, userId);
    if (!account) throw new AppError("NOT_FOUND", `There is no account ${userId}.`);
    await giveRole(change, account, role);
  });
}

async function findAccount(tx: RealtimeTransaction, userId: string): Promise<Person | null> {
  const { id, name, email } = user;
  const [found] = await tx.select({ userId: id, name, email }).from(user).where(eq(id, userId)).for("key share");
  return found ?? null;
}

/** Takes the workflow away from an account, in the system's name. @throws AppError NOT_FOUND, CONFLICT */
export async function removeMember(services: Services, { workflowId, userId }: WorkflowCaller): Promise<void> {
  await changeWorkflow(services, { workflowId, userId: null }, "manage", (change) => takeRole(change, userId));
}

const memberOf = (workflowId: string, userId: string) => and(eq(workflowMember.workflowId, workflowId), eq(workflowMember.userId, userId));

async function roleOf(tx: RealtimeTransaction, workflowId: string, userId: string): Promise<WorkflowRole | null> {
  const [member] = await tx.select({ role: workflowMember.role }).from(workflowMember).where(memberOf(workflowId, userId));
  return member?.role ?? null;
}

async function assertAnotherOwner(tx: RealtimeTransaction, workflowId: string, userId: string): Promise<void> {
  const [others] = await tx
    .select({ count: count() })
    .from(workflowMember)
    .where(and(eq(workflowMember.workflowId, workflowId), eq(workflowMember.role, "owner"), ne(workflowMember.userId, userId)));
  if (others && others.count > 0) return;
  throw new AppError("CONFLICT", "A workflow keeps at least one owner. Make somebody else an owner first, or remove the workflow.", {
    details: { rule: "lastOwner", workflowId },
  });
}

async function assertRoom(tx: RealtimeTransaction, workflowId: string): Promise<void> {
  const people = await Promise.all([
    tx.$count(workflowMember, eq(workflowMember.workflowId, workflowId)),
    tx.$count(workflowInvitation, eq(workflowInvitation.workflowId, workflowId)),
  ]);
  if (people[0] + people[1] >= MAX_PEOPLE)
    throw new AppError("LIMIT", `A workflow can have ${MAX_PEOPLE} members and invitations. Take some away first.`);
}
