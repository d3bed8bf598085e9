/** What `server/auth.ts` needs of accounts: passwords, providers, and the sessions they begin. */
import { eq } from "drizzle-orm";
import type { AccountGateway } from "#server/auth.ts";
import type { Runtime } from "#server/runtime.ts";
import { emailInput, normalizeEmail } from "./input.ts";
import { type AccountLimits, accountLimits } from "./limits.ts";
import { passwordMatches } from "./passwords.ts";
import { enterWithProvider } from "./providers.ts";
import { user } from "./schema.ts";
import { createSession, endSession, readSession } from "./sessions.ts";

export type AccountServices = Pick<Runtime, "db" | "realtime" | "hooks" | "attempts" | "presence">;

export interface GatewayOptions {
  /** For tests. @default accountLimits */
  readonly limits?: AccountLimits;
}

export function createAccountGateway(services: AccountServices, { limits = accountLimits }: GatewayOptions = {}): AccountGateway {
  const { db, attempts } = services;

  /** Counts one try before the password is looked at. @throws AppError LIMIT */
  async function begin({ email, address }: Attempt): Promise<void> {
    await attempts.take(limits.signInAddress, address);
    await attempts.take(limits.signInPair, `${email} ${address}`);
    if (!(await attempts.has(limits.knownPair, `${email} ${address}`))) await attempts.take(limits.signInAccount, email);
  }

  /** The password was right: whoever knows theirs is never locked out by using it. */
  async function succeed({ email, address }: Attempt): Promise<void> {
    const pair = `${email} ${address}`;
    const known = await attempts.has(limits.knownPair, pair);
    await Promise.all([
      attempts.forget(limits.signInPair, pair),
      attempts.giveBack(limits.signInAddress, address),
      known ? null : attempts.giveBack(limits.signInAccount, email),
      attempts.forget(limits.knownPair, pair).then(() => attempts.take(limits.knownPair, pair)),
    ]);
  }

  async function findUser(email: string): Promise<typeof user.$inferSelect | null> {
    const [found] = await db.select().from(user).where(eq(user.email, email));
    return found ?? null;
  }

  return {
    async verifyCredentials({ email, password, address }) {
      const attempt = { email: normalizeEmail(email), address };
      await begin(attempt);
      // What is no address is nobody's; some of it Postgres would not even take.
      const found = emailInput.safeParse(email).success ? await findUser(attempt.email) : null;
      if (!(await passwordMatches(found?.passwordHash ?? null, password)) || !found?.passwordHash) return null;
      await succeed(attempt);
      return { userId: found.id, email: found.email, name: found.name, proof: found.passwordHash };
    },

    enterWithProvider: (profile) => enterWithProvider(services, profile),
    createSession: (userId, device) => createSession(services, userId, device),
    readSession: (sessionId) => readSession(services, sessionId),
    endSession: (sessionId) => endSession(services, sessionId),
  };
}

interface Attempt {
  readonly email: string;
  readonly address: string;
}
