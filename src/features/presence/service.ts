/** Who is on which workflow, and what they show there. The rooms themselves are the engine's. */
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { session, user } from "#features/account/schema.ts";
import { assertCanViewWorkflow } from "#features/workflow/index.ts";
import { workflowMember } from "#features/workflow/schema.ts";
import { presenceSession, roomName, type Showing } from "#realtime/index.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { MessageBudget } from "#ws/limits.ts";
import { deviceName } from "./device.ts";
import { type Person, type Shown, workflowRoom } from "./events.ts";

/** Without a socket each call is a request of its own, so there may be fewer. */
const HTTP_PACE = { burst: 5, messagesPerSecond: 5 };
const MAX_BUDGETS = 10_000;
const budgets = new WeakMap<Runtime, Map<string, MessageBudget>>();

/** What the others see of this person: the name and colour of the account, and what the session was opened on. */
export async function introduce(
  { db }: Pick<Runtime, "db">,
  { sessionId, userId }: { readonly sessionId: string; readonly userId: string },
): Promise<{ name: string; color: string; device: string }> {
  const [row] = await db
    .select({ name: user.name, color: user.color, userAgent: session.userAgent })
    .from(user)
    .innerJoin(session, and(eq(session.userId, user.id), eq(session.id, sessionId)))
    .where(eq(user.id, userId));
  if (!row) throw new AppError("UNAUTHORIZED", "This account or its session is gone. Sign in to go on.");
  return { name: row.name, color: row.color, device: deviceName(row.userAgent) };
}

export interface ShowRequest extends Showing {
  readonly workflowId: string;
  readonly sessionId: string;
  readonly values: Shown;
}

/**
 * Shows others what the caller's tab does. Over a socket its place in the room is the permission; without one the caller is asked
 * for it each time.
 * @throws AppError LIMIT with `details.perSecond` without a socket, NOT_FOUND; RealtimeError INVALID_VALUE, EVENT_TOO_LARGE
 */
export async function show(runtime: Runtime, { workflowId, sessionId, values, ...who }: ShowRequest): Promise<void> {
  if (who.via === null) {
    if (!budgetOf(runtime, sessionId).take(1)) {
      const message = `Without a socket at most ${HTTP_PACE.messagesPerSecond} calls a second are taken; show less often.`;
      throw new AppError("LIMIT", message, { details: { perSecond: HTTP_PACE.messagesPerSecond } });
    }
    await assertCanViewWorkflow(runtime.db, { workflowId, userId: who.userId });
  }
  await runtime.presence.set(workflowRoom, workflowId, who, values);
}

/** Which of these users are online; only those who share a workflow with the caller, and the caller. */
export async function listOnline({ db, presence }: Runtime, userId: string, userIds: readonly string[]): Promise<{ userIds: string[] }> {
  if (userIds.length === 0) return { userIds: [] };
  const own = db.select({ id: workflowMember.workflowId }).from(workflowMember).where(eq(workflowMember.userId, userId));
  const known = await db
    .selectDistinct({ userId: workflowMember.userId })
    .from(workflowMember)
    .where(and(inArray(workflowMember.workflowId, own), inArray(workflowMember.userId, [...userIds])));
  const asked = known.map((row) => row.userId);
  if (userIds.includes(userId) && !asked.includes(userId)) asked.push(userId);
  return { userIds: await presence.online(asked) };
}

/** Who is on these workflows, by workflow; each person once, in the order of coming. */
export async function whoIsHere(db: Pick<Runtime["db"], "select">, workflowIds: readonly string[]): Promise<Map<string, Person[]>> {
  const here = new Map<string, Person[]>(workflowIds.map((id) => [id, []]));
  if (workflowIds.length === 0) return here;
  const workflowOf = new Map(workflowIds.map((id) => [roomName(workflowRoom, id), id]));
  const rows = await db
    .select({ room: presenceSession.room, userId: user.id, name: user.name, color: user.color })
    .from(presenceSession)
    .innerJoin(user, eq(user.id, presenceSession.userId))
    .where(inArray(presenceSession.room, [...workflowOf.keys()]))
    .groupBy(presenceSession.room, user.id)
    .orderBy(asc(sql`min(${presenceSession.joinedAt})`));
  for (const { room, ...person } of rows) here.get(workflowOf.get(room) ?? "")?.push(person);
  return here;
}

/** The same for one who asks: workflows that they may not see are left out. */
export async function listWhoIsHere({ db }: Runtime, userId: string, workflowIds: readonly string[]): Promise<Record<string, Person[]>> {
  const visible = await db
    .select({ workflowId: workflowMember.workflowId })
    .from(workflowMember)
    .where(and(eq(workflowMember.userId, userId), inArray(workflowMember.workflowId, [...workflowIds])));
  return Object.fromEntries(
    await whoIsHere(
      db,
      visible.map(({ workflowId }) => workflowId),
    ),
  );
}

function budgetOf(runtime: Runtime, sessionId: string): MessageBudget {
  const all = budgets.get(runtime) ?? new Map<string, MessageBudget>();
  budgets.set(runtime, all);
  const budget = all.get(sessionId) ?? new MessageBudget(HTTP_PACE);
  // The oldest go first; a forgotten one is a full one.
  for (const [oldest] of all) if (all.size >= MAX_BUDGETS) all.delete(oldest);
  all.set(sessionId, budget);
  return budget;
}
