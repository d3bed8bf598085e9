/** Accounts as rows: making one, and telling that its address is its owner's. */
import { randomUUID } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { defaultColor, type UserColor } from "./colors.ts";
import { emailVerified } from "./hooks.ts";
import { normalizeEmail } from "./input.ts";
import { hashPassword } from "./passwords.ts";
import { accountToken, user } from "./schema.ts";

export interface Account {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

export interface NewAccount {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  /** Whether it is known that the address is theirs. @default true: seeds and tests vouch for it */
  readonly verified?: boolean;
  /** @default one that follows from their id */
  readonly color?: UserColor;
}

/** @throws AppError CONFLICT when the address has an account, INVALID when the password is too short or too long */
export async function createUser({ db }: Pick<Runtime, "db">, { verified = true, ...account }: NewAccount): Promise<Account> {
  const passwordHash = await hashPassword(account.password);
  const email = normalizeEmail(account.email);
  const { name, color } = account;
  const created = await insertUser(db, { email, name, color, passwordHash, emailVerifiedAt: verified ? new Date() : null });
  if (!created) throw new AppError("CONFLICT", `There is already an account for ${email}. Sign in instead.`);
  return created;
}

/** Null when the address has an account. */
export async function insertUser(
  db: Pick<Runtime["db"], "insert">,
  values: { email: string; name: string; passwordHash: string | null; emailVerifiedAt: Date | null; color?: UserColor | undefined },
): Promise<Account | null> {
  const id = randomUUID();
  const [row] = await db
    .insert(user)
    .values({ ...values, id, color: values.color ?? defaultColor(id) })
    .onConflictDoNothing()
    .returning({ userId: user.id, email: user.email, name: user.name });
  return row ?? null;
}

/** The account's owner has proved that they read its address: tells the features that wait for it, and voids other proofs. */
export async function markVerified(
  hooks: Runtime["hooks"],
  tx: RealtimeTransaction,
  account: { userId: string; email: string },
): Promise<void> {
  await tx
    .update(user)
    .set({ emailVerifiedAt: new Date() })
    .where(and(eq(user.id, account.userId), isNull(user.emailVerifiedAt)));
  await tx.delete(accountToken).where(and(eq(accountToken.email, account.email), eq(accountToken.kind, "signUp")));
  await hooks.run(emailVerified, tx, { userId: account.userId, email: account.email });
}
