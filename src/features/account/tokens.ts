/**
 * Links in mails: 256 random bits that work once and for a while. The database holds their SHA-256 only, which is enough for
 * something that nobody can guess.
 */
import { createHash, randomBytes } from "node:crypto";
import { and, eq, gt, inArray, lt } from "drizzle-orm";
import type { Runtime } from "#server/runtime.ts";
import { accountToken } from "./schema.ts";

export type TokenRow = typeof accountToken.$inferSelect;
type Queryable = Pick<Runtime["db"], "insert" | "delete">;

const HOUR_MS = 3_600_000;

export const TOKEN_LIFETIME_MS: Record<TokenRow["kind"], number> = {
  signUp: 24 * HOUR_MS,
  verifyEmail: 24 * HOUR_MS,
  resetPassword: HOUR_MS,
};

/** Stores a new token and returns its secret, which is nowhere else. Old ones that nobody used go at the same time. */
export async function issueToken(
  db: Queryable,
  token: Pick<TokenRow, "kind" | "email"> & Partial<Pick<TokenRow, "userId" | "name" | "passwordHash">>,
): Promise<string> {
  const secret = randomBytes(32).toString("base64url");
  await db.delete(accountToken).where(lt(accountToken.expiresAt, new Date()));
  await db.insert(accountToken).values({ ...token, hash: hashOf(secret), expiresAt: new Date(Date.now() + TOKEN_LIFETIME_MS[token.kind]) });
  return secret;
}

/** What a token stands for that may still be used; using it may find it gone. */
export async function findToken(
  db: Pick<Runtime["db"], "select">,
  kinds: readonly TokenRow["kind"][],
  secret: string,
): Promise<TokenRow | null> {
  const [found] = await db.select().from(accountToken).where(usable(kinds, secret));
  return found ?? null;
}

/** Takes the token away and returns what it stood for; null when it never was, was used, or is too old. Of two at once one gets it. */
export async function useToken(db: Queryable, kinds: readonly TokenRow["kind"][], secret: string): Promise<TokenRow | null> {
  const [used] = await db.delete(accountToken).where(usable(kinds, secret)).returning();
  return used ?? null;
}

const usable = (kinds: readonly TokenRow["kind"][], secret: string) =>
  and(eq(accountToken.hash, hashOf(secret)), inArray(accountToken.kind, [...kinds]), gt(accountToken.expiresAt, new Date()));

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
