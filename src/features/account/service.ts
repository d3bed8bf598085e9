/** Accounts and their sessions. A session that ends is told in the same transaction, so that its sockets stop (SUB4). */
import { randomUUID } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { and, eq, gt, isNull } from "drizzle-orm";
import { accessTopic } from "#server/access.ts";
import { type AccountGateway, SESSION_LIFETIME_MS, type SessionInfo } from "#server/auth.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { type AttemptLimits, createAttempts } from "./attempts.ts";
import { session, user } from "./schema.ts";

type Services = Pick<Runtime, "db" | "realtime">;

export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

export interface NewAccount {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

/** OWASP's second choice for argon2id (which the package takes by default): 19 MiB, two passes, about 10 ms. */
const hashing = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Longer ones cost the server and protect nobody. */
export const PASSWORD_MAX = 200;
export const PASSWORD_MIN = 8;
const USER_AGENT_MAX = 300;

/** One spelling per address, as it is stored and counted. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/** @throws AppError CONFLICT when the address has an account, INVALID when the password is too short or too long */
export async function createUser({ db }: Pick<Services, "db">, account: NewAccount): Promise<Account> {
  const email = normalizeEmail(account.email);
  if (account.password.length < PASSWORD_MIN || account.password.length > PASSWORD_MAX)
    throw new AppError("INVALID", `A password has ${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`);
  const passwordHash = await hash(account.password, hashing);
  const [row] = await db
    .insert(user)
    .values({ email, name: account.name, passwordHash })
    .onConflictDoNothing()
    .returning({ userId: user.id });
  if (!row) throw new AppError("CONFLICT", `There is already an account for ${email}. Sign in instead.`);
  return { userId: row.userId, email, name: account.name };
}

/** What `server/auth.ts` needs of accounts. `limits` is for tests. */
export function createAccountGateway(services: Services, limits?: AttemptLimits): AccountGateway {
  const { db, realtime } = services;
  const attempts = createAttempts(db, limits);
  // Verified when there is no account, so that the answer's timing does not tell whether there is one.
  const decoy = hash(randomUUID(), hashing);

  return {
    async verifyCredentials({ email, password, address }) {
      const who = { email: normalizeEmail(email), address };
      await attempts.begin(who);
      const [found] = await db.select().from(user).where(eq(user.email, who.email));
      const matches = await verify(found?.passwordHash ?? (await decoy), password.slice(0, PASSWORD_MAX + 1));
      if (!found || !matches) return null;
      await attempts.succeed(who);
      return { userId: found.id, email: found.email, name: found.name };
    },

    async createSession(userId, { userAgent }) {
      const [created] = await db
        .insert(session)
        .values({ userId, userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null, expiresAt: new Date(Date.now() + SESSION_LIFETIME_MS) })
        .returning({ id: session.id });
      const info = created && (await readSession(db, created.id));
      if (!info) throw new Error(`The session of user ${userId} was not stored.`);
      return info;
    },

    readSession: (sessionId) => readSession(db, sessionId),
    endSession: (sessionId) => endSession({ db, realtime }, sessionId),
  };
}

async function readSession(db: Services["db"], sessionId: string): Promise<SessionInfo | null> {
  const [found] = await db
    .select({ sessionId: session.id, userId: user.id, email: user.email, name: user.name, expiresAt: session.expiresAt })
    .from(session)
    .innerJoin(user, eq(user.id, session.userId))
    .where(and(eq(session.id, sessionId), isNull(session.endedAt), gt(session.expiresAt, new Date())));
  return found ?? null;
}

/** Signs one device out, in every process. */
export async function endSession({ db, realtime }: Services, sessionId: string): Promise<void> {
  await realtime.transaction(db, async (tx) => {
    const [ended] = await tx
      .update(session)
      .set({ endedAt: new Date() })
      .where(and(eq(session.id, sessionId), isNull(session.endedAt)))
      .returning({ userId: session.userId });
    if (ended) tx.publish(accessTopic, ended.userId, { type: "sessionEnded", data: { sessionId } });
  });
}
