/** What somebody who is signed in does with their own account. */
import { and, eq, isNull } from "drizzle-orm";
import { publishAccessChanged } from "#server/access.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import type { SessionInfo } from "#server/session-reader.ts";
import type { UserColor } from "./colors.ts";
import { accountDeleting } from "./hooks.ts";
import { accountLimits } from "./limits.ts";
import { passwordChangedMail } from "./mails.ts";
import { hashPassword, passwordMatches } from "./passwords.ts";
import { accountToken, user } from "./schema.ts";
import { endSessions } from "./sessions.ts";

type Services = Pick<Runtime, "db" | "realtime" | "hooks" | "attempts" | "mailer" | "presence">;

/** How long after signing in somebody without a password may do what others confirm with theirs. */
const FRESH_MS = 15 * 60_000;

export interface Me {
  readonly userId: string;
  readonly sessionId: string;
  readonly email: string;
  readonly name: string;
  readonly color: UserColor;
  readonly emailVerified: boolean;
  /** False for somebody who signs in with a provider only. */
  readonly hasPassword: boolean;
}

export async function readMe({ db }: Pick<Services, "db">, { userId, sessionId }: SessionInfo): Promise<Me> {
  const found = await readUser(db, userId);
  return {
    userId,
    sessionId,
    email: found.email,
    name: found.name,
    color: found.color,
    emailVerified: found.emailVerifiedAt !== null,
    hasPassword: found.passwordHash !== null,
  };
}

export async function updateProfile(
  { db }: Pick<Services, "db">,
  userId: string,
  profile: { name: string; color: UserColor },
): Promise<void> {
  await db.update(user).set(profile).where(eq(user.id, userId));
}

/**
 * Sets another password and signs all other devices out.
 * @throws AppError FORBIDDEN when `current` is not the password, LIMIT after too many wrong ones
 */
export async function changePassword(
  services: Services,
  session: SessionInfo,
  { current, password }: { current: string | null; password: string },
): Promise<{ ended: number }> {
  const { db, realtime, mailer } = services;
  const { userId } = session;
  const confirmed = await confirmOwner(services, session, current);
  const passwordHash = await hashPassword(password);
  const ended = await realtime.transaction(db, async (tx) => {
    const changed = await tx.update(user).set({ passwordHash }).where(stillHas(userId, confirmed)).returning({ id: user.id });
    if (changed.length === 0) throw changedMeanwhile();
    await tx.delete(accountToken).where(eq(accountToken.userId, userId));
    return endSessions(services, tx, { userId, keep: session.sessionId, reason: "passwordChanged" });
  });
  mailer.post(async () => passwordChangedMail({ to: session.email, mailer }));
  return { ended };
}

/**
 * Deletes the account with everything that is its own. What later features do with theirs, they do in the same transaction:
 * what nobody else owns goes with it, the rest stays with its other owners.
 * @throws AppError FORBIDDEN when `password` is not the password, LIMIT after too many wrong ones
 */
export async function deleteAccount(services: Services, session: SessionInfo, password: string | null): Promise<void> {
  const { db, realtime, hooks, presence } = services;
  const { userId } = session;
  const confirmed = await confirmOwner(services, session, password);
  await realtime.transaction(db, async (tx) => {
    await hooks.run(accountDeleting, tx, { userId });
    const deleted = await tx.delete(user).where(stillHas(userId, confirmed)).returning({ id: user.id });
    if (deleted.length === 0) throw changedMeanwhile();
    await tx.delete(accountToken).where(eq(accountToken.email, session.email));
    publishAccessChanged(tx, userId, { reason: "accountDeleted" });
    await presence.turnOut(tx, [userId], null);
  });
}

/** The account, as long as its password is the one that was shown: of two who change it at once, the second has shown nothing. */
const stillHas = (userId: string, passwordHash: string | null) =>
  and(eq(user.id, userId), passwordHash === null ? isNull(user.passwordHash) : eq(user.passwordHash, passwordHash));

function changedMeanwhile(): AppError {
  return new AppError("CONFLICT", "The password was changed at this moment, somewhere else. Nothing was changed here.");
}

/**
 * A page that was left open, or a stolen cookie, is not enough for what cannot be taken back.
 * @returns the hash of the password that was shown, null for an account without one
 */
async function confirmOwner({ db, attempts }: Services, session: SessionInfo, password: string | null): Promise<string | null> {
  const { passwordHash } = await readUser(db, session.userId);
  if (passwordHash === null) {
    if (Date.now() - session.startedAt.getTime() < FRESH_MS) return null;
    throw new AppError("FORBIDDEN", "Sign out and in again first: this needs a sign-in of the last 15 minutes.", {
      details: { confirm: "signInAgain" },
    });
  }
  await attempts.take(accountLimits.confirmPassword, session.userId);
  if (!(await passwordMatches(passwordHash, password ?? "")))
    throw new AppError("FORBIDDEN", "This is not your password. Nothing was changed.", { details: { confirm: "password" } });
  await attempts.forget(accountLimits.confirmPassword, session.userId);
  return passwordHash;
}

async function readUser(db: Runtime["db"], userId: string): Promise<typeof user.$inferSelect> {
  const [found] = await db.select().from(user).where(eq(user.id, userId));
  if (!found) throw new AppError("UNAUTHORIZED", "This account was deleted.", { reason: "accountDeleted" });
  return found;
}
