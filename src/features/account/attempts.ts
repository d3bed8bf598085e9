/**
 * How often somebody may try a password.
 *
 * Counted in Postgres, so that the limit holds over all processes and restarts. Both counters are raised before the password is
 * looked at: a hundred parallel guesses must not all be under way before the first is counted. A success takes its count
 * back, so people who know their password are never locked out by using it.
 *
 * The per-account limit is what stops a guesser with many addresses. It also lets anybody delay somebody else's sign-in by
 * the window; sessions that exist go on.
 */
import { RateLimiterDrizzle, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "#server/db.ts";
import { AppError } from "#server/errors.ts";
import { signInAttempt } from "./schema.ts";

export interface AttemptLimits {
  /** Failures for one account within the window. @default 10 */
  readonly perAccount: number;
  /** Failures from one address within the window: more, since an office shares one. @default 50 */
  readonly perAddress: number;
  /** @default 900 (15 minutes) */
  readonly windowSeconds: number;
}

export const attemptLimits: AttemptLimits = { perAccount: 10, perAddress: 50, windowSeconds: 900 };

export interface Attempts {
  /** Counts one try. @throws AppError LIMIT with `details.retryAfterSeconds` */
  begin(who: { email: string; address: string }): Promise<void>;
  /** The password was right: forgets the account's failures and takes this try back from the address. */
  succeed(who: { email: string; address: string }): Promise<void>;
}

export function createAttempts(db: Database, limits: AttemptLimits = attemptLimits): Attempts {
  const create = (keyPrefix: string, points: number) =>
    new RateLimiterDrizzle({ storeClient: db, schema: signInAttempt, keyPrefix, points, duration: limits.windowSeconds });
  const accounts = create("account", limits.perAccount);
  const addresses = create("address", limits.perAddress);

  async function consume(limiter: RateLimiterDrizzle, key: string, what: string): Promise<void> {
    try {
      await limiter.consume(key);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const retryAfterSeconds = Math.ceil(refused.msBeforeNext / 1_000);
      throw new AppError("LIMIT", `Too many failed sign-ins ${what}. Try again in ${retryAfterSeconds} s.`, {
        details: { retryAfterSeconds },
      });
    }
  }

  return {
    async begin({ email, address }) {
      await consume(addresses, address, "from this address");
      await consume(accounts, email, "for this account");
    },
    async succeed({ email, address }) {
      await Promise.all([accounts.delete(email), addresses.reward(address)]);
    },
  };
}
