/**
 * A row per signed-in device.
 *
 * A session that is used goes on: looking it up moves its end to a whole lifetime from now, at most once in a while, since that is
 * a write. It ends with a reason, in the transaction that also tells every process, so that its sockets stop (SUB4, WS2).
 */
import { and, desc, eq, gt, inArray, isNull, lt, ne } from "drizzle-orm";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { beginAccess, publishSessionEnded } from "#server/access.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { SESSION_LIFETIME_MS, type SessionInfo, type SessionLookup } from "#server/session-reader.ts";
import { session, user } from "./schema.ts";

type Services = Pick<Runtime, "db" | "realtime" | "presence">;
type StoredEndReason = "sessionEnded" | "passwordChanged";

const USER_AGENT_MAX = 300;
/** Longer than any cookie that names it, so that every refusal can say why. */
const KEEP_EXPIRED_MS = SESSION_LIFETIME_MS;
/** How exactly `lastUsedAt` is known, and how often a used session costs a write. */
const TOUCH_EVERY_MS = 5 * 60_000;

export interface Device {
  readonly sessionId: string;
  /** The one that asks. */
  readonly current: boolean;
  readonly userAgent: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
}

/**
 * Begins a session, of somebody who showed the password `proof` (its hash) when that is given.
 * @throws AppError UNAUTHORIZED when it is no longer the account's
 */
export async function createSession(
  { db, realtime }: Pick<Services, "db" | "realtime">,
  userId: string,
  { userAgent, proof }: { userAgent: string | null; proof?: string },
): Promise<SessionInfo> {
  const sessionId = await realtime.transaction(db, async (tx) => {
    // Waits for a password that is being changed, which ends all sessions that it finds: this one is among them, or refused.
    const [account] = await tx.select({ passwordHash: user.passwordHash }).from(user).where(eq(user.id, userId)).for("share");
    if (!account || (proof !== undefined && account.passwordHash !== proof))
      throw new AppError("UNAUTHORIZED", "The password was changed at this moment. Sign in with the new one.");
    await tx.delete(session).where(and(eq(session.userId, userId), lt(session.expiresAt, new Date(Date.now() - KEEP_EXPIRED_MS))));
    const [created] = await tx
      .insert(session)
      .values({ userId, userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null, expiresAt: newExpiry() })
      .returning({ id: session.id });
    await beginAccess(tx, userId);
    return created?.id ?? "";
  });
  const info = await readSession({ db }, sessionId);
  if (!info) throw new Error(`The session of user ${userId} was not stored.`);
  if ("ended" in info) throw new AppError("UNAUTHORIZED", "This session was ended as it began. Sign in again.");
  return info;
}

/** The session, or why it is over; null when there is no such row (any more). */
export async function readSession({ db }: Pick<Services, "db">, sessionId: string): Promise<SessionLookup> {
  const [found] = await db
    .select({
      info: { sessionId: session.id, userId: user.id, email: user.email, name: user.name, color: user.color, startedAt: session.createdAt },
      lastUsedAt: session.lastUsedAt,
      expiresAt: session.expiresAt,
      endedAt: session.endedAt,
      endReason: session.endReason,
    })
    .from(session)
    .innerJoin(user, eq(user.id, session.userId))
    .where(eq(session.id, sessionId));
  if (!found) return null;
  if (found.endedAt !== null) return { ended: found.endReason ?? "sessionEnded" };
  const now = Date.now();
  if (found.expiresAt.getTime() <= now) return { ended: "sessionExpired" };
  if (now - found.lastUsedAt.getTime() > TOUCH_EVERY_MS) await touch(db, sessionId);
  return found.info;
}

async function touch(db: Services["db"], sessionId: string): Promise<void> {
  await db
    .update(session)
    .set({ lastUsedAt: new Date(), expiresAt: newExpiry() })
    .where(and(eq(session.id, sessionId), isNull(session.endedAt)));
}

function newExpiry(): Date {
  return new Date(Date.now() + SESSION_LIFETIME_MS);
}

/** Signs one device out, in every process. Ending an ended one is nothing. */
export async function endSession(services: Services, sessionId: string): Promise<void> {
  await services.realtime.transaction(services.db, (tx) => endWhere(services, tx, eq(session.id, sessionId), "sessionEnded"));
}

/** @throws AppError NOT_FOUND when the user has no such device that is signed in */
export async function endDevice(services: Services, { userId, sessionId }: { userId: string; sessionId: string }): Promise<void> {
  await services.realtime.transaction(services.db, async (tx) => {
    const ended = await endWhere(services, tx, and(eq(session.userId, userId), eq(session.id, sessionId)), "sessionEnded");
    if (ended === 0) throw new AppError("NOT_FOUND", "This device is signed out already.");
  });
}

/** Ends all sessions of the user but `keep`, within the caller's transaction, after its other locks. Returns how many. */
export async function endSessions(
  services: Pick<Services, "presence">,
  tx: RealtimeTransaction,
  { userId, keep, reason }: { userId: string; keep: string | null; reason: StoredEndReason },
): Promise<number> {
  return endWhere(services, tx, and(eq(session.userId, userId), keep === null ? undefined : ne(session.id, keep)), reason);
}

async function endWhere(
  { presence }: Pick<Services, "presence">,
  tx: RealtimeTransaction,
  which: ReturnType<typeof and>,
  endReason: StoredEndReason,
): Promise<number> {
  const ended = await tx
    .update(session)
    .set({ endedAt: new Date(), endReason })
    .where(and(which, isNull(session.endedAt)))
    .returning({ sessionId: session.id, userId: session.userId });
  for (const { userId, sessionId } of ended) publishSessionEnded(tx, userId, { sessionId, reason: endReason });
  if (ended.length === 0) return 0;
  const userIds = [...new Set(ended.map(({ userId }) => userId))];
  const stillHere = await tx
    .select({ userId: session.userId })
    .from(session)
    .where(and(inArray(session.userId, userIds), isSignedIn()));
  const gone = userIds.filter((userId) => !stillHere.some((each) => each.userId === userId));
  // Whoever is signed in nowhere is in no room either, also with a connection that was just lost.
  if (gone.length > 0) await presence.turnOut(tx, gone, null);
  return ended.length;
}

const isSignedIn = () => and(isNull(session.endedAt), gt(session.expiresAt, new Date()));

/** Where the user is signed in, the last used first. */
export async function listDevices({ db }: Services, caller: { userId: string; sessionId: string }): Promise<Device[]> {
  const rows = await db
    .select({ sessionId: session.id, userAgent: session.userAgent, createdAt: session.createdAt, lastUsedAt: session.lastUsedAt })
    .from(session)
    .where(and(eq(session.userId, caller.userId), isSignedIn()))
    .orderBy(desc(session.lastUsedAt), desc(session.id));
  return rows.map((row) => ({ ...row, current: row.sessionId === caller.sessionId }));
}
