/**
 * How often somebody may try something, counted in Postgres so that a limit holds over all processes and restarts.
 *
 * Take before the thing that is limited is done: a hundred parallel guesses must not all be under way before the first is
 * counted. What is counted by (an address, an e-mail address) is stored as a hash only.
 */
import { createHash } from "node:crypto";
import { RateLimiterDrizzle, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "./db.ts";
import { AppError } from "./errors.ts";
import { attempt } from "./schema.ts";

export interface AttemptRule {
  /** Counts are kept apart by it. */
  readonly name: string;
  /** How many within the window. */
  readonly points: number;
  readonly windowSeconds: number;
  /** For the refusal: "Too many {what}." */
  readonly what: string;
}

export interface Attempts {
  /** Counts one. @throws AppError LIMIT with `details.retryAfterSeconds` when that is one too many */
  take(rule: AttemptRule, key: string): Promise<void>;
  /** Takes one back: it was none of those that the rule is about. */
  giveBack(rule: AttemptRule, key: string): Promise<void>;
  /** Forgets what was counted. */
  forget(rule: AttemptRule, key: string): Promise<void>;
  /** Whether anything is counted for this key within the rule's window. */
  has(rule: AttemptRule, key: string): Promise<boolean>;
}

export function createAttempts(db: Database): Attempts {
  const limiters = new Map<string, RateLimiterDrizzle>();

  function limiterOf({ name, points, windowSeconds }: AttemptRule): RateLimiterDrizzle {
    const id = `${name}/${points}/${windowSeconds}`;
    const existing = limiters.get(id);
    if (existing) return existing;
    const created = new RateLimiterDrizzle({ storeClient: db, schema: attempt, keyPrefix: name, points, duration: windowSeconds });
    limiters.set(id, created);
    return created;
  }

  return {
    async take(rule, key) {
      try {
        await limiterOf(rule).consume(hashed(key));
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        const retryAfterSeconds = Math.max(Math.ceil(refused.msBeforeNext / 1_000), 1);
        throw new AppError("LIMIT", `Too many ${rule.what}. Try again in ${retryAfterSeconds} s.`, { details: { retryAfterSeconds } });
      }
    },
    async giveBack(rule, key) {
      await limiterOf(rule).reward(hashed(key));
    },
    async forget(rule, key) {
      await limiterOf(rule).delete(hashed(key));
    },
    async has(rule, key) {
      return (await limiterOf(rule).get(hashed(key))) !== null;
    },
  };
}

function hashed(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}
