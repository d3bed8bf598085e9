/** Who is on which workflow, and what they show there. The rooms themselves are the engine's. */
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { type UserColor, userColors } from "#features/account/index.ts";
import { session, user } from "#features/account/schema.ts";
import { assertCanViewWorkflow } from "#features/workflow/index.ts";
import { workflowMember } from "#features/workflow/schema.ts";
import { presenceSession, roomName, type Showing } from "#realtime/index.ts";
import { AppError, sessionIsOver } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { deviceName } from "./device.ts";
import { type Person, type Shown, workflowRoom } from "./events.ts";

/** Without a socket each call is a request of its own, so there may be fewer. */
const HTTP_PER_SECOND = 5;
const MAX_PACES = 10_000;
const paces = new WeakMap<Runtime, Map<string, Pace>>();

/** How many calls of a session were left, and when. */
interface Pace {
  readonly left: number;
  readonly atMs: number;
}

/**
 * What the others see of this person: the name of the account, what the session was opened on, and the account's colour, or another
 * one when somebody else on the workflow has it. Whoever is there already keeps theirs.
 */
export async function introduce(
  { db }: Pick<Runtime, "db">,
  { sessionId, userId }: { readonly sessionId: string; readonly userId: string },
  workflowId: string,
): Promise<{ name: string; color: string; device: string }> {
  const asked = db
    .select({ name: user.name, color: user.color, userAgent: session.userAgent })
    .from(user)
    .innerJoin(session, and(eq(session.userId, user.id), eq(session.id, sessionId)))
    .where(eq(user.id, userId));
  const others = db
    .select({ userId: presenceSession.userId, color: presenceSession.color })
    .from(presenceSession)
    .where(eq(presenceSession.room, roomName(workflowRoom, workflowId)));
  const [[row], here] = await Promise.all([asked, others]);
  // Both were there when the caller was let in; a session that merely ends keeps its row.
  if (!row) throw sessionIsOver("accountDeleted");
  const own = here.find((each) => each.userId === userId)?.color;
  const color = own ?? freeColor(row.color, new Set(here.map((each) => each.color)));
  return { name: row.name, color, device: deviceName(row.userAgent) };
}

/** Neighbours look alike, so the way through the colours takes every third. Of more people than colours some share one. */
function freeColor(wanted: UserColor, taken: ReadonlySet<string>): UserColor {
  const from = userColors.indexOf(wanted);
  const others = userColors.map((_, n) => userColors[(from + 3 * n) % userColors.length]);
  return others.find((color) => color !== undefined && !taken.has(color)) ?? wanted;
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
    if (!mayCall(runtime, sessionId)) {
      const message = `Without a socket at most ${HTTP_PER_SECOND} calls a second are taken; show less often.`;
      throw new AppError("LIMIT", message, { details: { perSecond: HTTP_PER_SECOND } });
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

/** Who is on these workflows, by workflow; each person once, in the order of coming, in the colour that they have there. */
export async function whoIsHere(db: Pick<Runtime["db"], "select">, workflowIds: readonly string[]): Promise<Map<string, Person[]>> {
  const here = new Map<string, Person[]>(workflowIds.map((id) => [id, []]));
  if (workflowIds.length === 0) return here;
  const workflowOf = new Map(workflowIds.map((id) => [roomName(workflowRoom, id), id]));
  const rows = await db
    .select({ room: presenceSession.room, userId: user.id, name: user.name, color: sql<string>`min(${presenceSession.color})` })
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

/** Whether another call may be taken. What is refused costs nothing, so whoever calls too often still gets what there is. */
function mayCall(runtime: Runtime, sessionId: string, nowMs = performance.now()): boolean {
  const all = paces.get(runtime) ?? new Map<string, Pace>();
  paces.set(runtime, all);
  const { left, atMs } = all.get(sessionId) ?? { left: HTTP_PER_SECOND, atMs: nowMs };
  const now = Math.min(HTTP_PER_SECOND, left + ((nowMs - atMs) / 1_000) * HTTP_PER_SECOND);
  // The oldest go first; a forgotten one is a full one.
  for (const [oldest] of all) if (all.size >= MAX_PACES) all.delete(oldest);
  all.set(sessionId, { left: now < 1 ? now : now - 1, atMs: nowMs });
  return now >= 1;
}
