/**
 * Making an account.
 *
 * With mails, an account begins when its address is confirmed, and the answer to a sign-up is the same, after the same time,
 * whether or not the address has an account: nothing that depends on it happens before the answer. Only the reader of the
 * address learns more. Without mails it begins at once with an unproved address, and a taken address has to be said.
 */
import { and, desc, eq, gt, isNull } from "drizzle-orm";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { accountLimits, countMail } from "./limits.ts";
import { confirmMail, haveAccountMail } from "./mails.ts";
import { hashPassword, passwordMatches } from "./passwords.ts";
import { accountToken, user } from "./schema.ts";
import { findToken, issueToken, type TokenRow, useToken } from "./tokens.ts";
import { type Account, createUser, insertUser, markVerified } from "./users.ts";

export type SignUpServices = Pick<Runtime, "db" | "realtime" | "hooks" | "attempts" | "mailer" | "presence">;

export interface SignUp {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

/** @throws AppError LIMIT; CONFLICT only where no mails are sent */
export async function signUp(
  services: SignUpServices,
  asked: SignUp,
  address: string,
): Promise<{ status: "verificationSent" | "created" }> {
  const { db, attempts, mailer } = services;
  await attempts.take(accountLimits.signUpAddress, address);
  if (!mailer.enabled) {
    await createUser({ db }, { ...asked, verified: false });
    return { status: "created" };
  }
  const to = asked.email;
  await countMail(attempts, { to, address });
  mailer.post(async () => {
    const passwordHash = await hashPassword(asked.password);
    const [existing] = await db.select({ id: user.id }).from(user).where(eq(user.email, to));
    if (existing) return haveAccountMail({ to, mailer });
    const token = await issueToken(db, { kind: "signUp", email: to, name: asked.name, passwordHash });
    return confirmMail({ to, mailer, token });
  });
  return { status: "verificationSent" };
}

/** Sends the mail again, to whoever waits for one. The same answer for everybody. @throws AppError LIMIT, UNAVAILABLE without mails */
export async function resendVerification(services: SignUpServices, to: string, address: string): Promise<void> {
  const { db, attempts, mailer } = services;
  if (!mailer.enabled) throw new AppError("UNAVAILABLE", "This server sends no mails, so it cannot confirm addresses.");
  await countMail(attempts, { to, address });
  mailer.post(async () => {
    const token = await issueAgain(db, to);
    return token === null ? null : confirmMail({ to, mailer, token });
  });
}

async function issueAgain(db: Runtime["db"], email: string): Promise<string | null> {
  const [unproved] = await db
    .select({ userId: user.id })
    .from(user)
    .where(and(eq(user.email, email), isNull(user.emailVerifiedAt)));
  if (unproved) return issueToken(db, { kind: "verifyEmail", email, userId: unproved.userId });
  const [waiting] = await db
    .select()
    .from(accountToken)
    .where(and(eq(accountToken.email, email), eq(accountToken.kind, "signUp")))
    .orderBy(desc(accountToken.createdAt))
    .limit(1);
  return waiting ? issueToken(db, { kind: "signUp", email, name: waiting.name, passwordHash: waiting.passwordHash }) : null;
}

/** Sign-ups of one address that are looked at. */
const MAX_WAITING = 20;
const confirmations = ["signUp", "verifyEmail"] as const;

/**
 * What the link of a confirmation mail does: the account begins, or its address counts as proved. It concerns the account that
 * the link was made for, whoever is signed in where it is opened.
 *
 * The link proves that somebody reads the address, the password that it was they who signed up: anybody can sign up with it, and
 * the mails look alike. So whoever confirms by a mail that somebody else asked for begins the account that is their own.
 * @throws AppError INVALID when the link was used, replaced or is too old, FORBIDDEN when nobody signed up with this password
 */
export async function verifyEmail(
  { db, realtime, hooks, attempts }: SignUpServices,
  { token: secret, password }: { token: string; password: string },
  address: string,
): Promise<{ email: string }> {
  await attempts.take(accountLimits.linkAddress, address);
  const link = await findToken(db, confirmations, secret);
  if (!link) throw linkIsOver("Sign up again, or ask for another mail.");
  const own = await signUpWith(db, link, password);
  if (!own)
    throw new AppError("FORBIDDEN", "This is not the password that you signed up with. The link still works.", {
      details: { confirm: "password" },
    });
  return realtime.transaction(db, async (tx) => {
    const { email } = link;
    // The account before its links, as everywhere: of two links at once the second waits here, and then finds itself gone.
    const account = link.userId === null ? await beginAccount(tx, email, own) : await lockAccount(tx, link.userId);
    if (!(await useToken(tx, confirmations, secret))) throw linkIsOver("Sign up again, or ask for another mail.");
    // Confirmed by another link meanwhile, or entered with a provider.
    if (!account) throw linkIsOver("There is an account for this address already; sign in.");
    await markVerified(hooks, tx, { userId: account.userId, email });
    return { email };
  });
}

/** Null when the address has an account. */
async function beginAccount(tx: RealtimeTransaction, email: string, { name, passwordHash }: SignedUp): Promise<Account | null> {
  return name === null ? null : insertUser(tx, { email, name, passwordHash, emailVerifiedAt: new Date() });
}

async function lockAccount(tx: RealtimeTransaction, userId: string): Promise<{ userId: string } | null> {
  const [found] = await tx.select({ userId: user.id }).from(user).where(eq(user.id, userId)).for("no key update");
  return found ?? null;
}

type SignedUp = Pick<TokenRow, "name" | "passwordHash">;

/** Which sign-up this password is of: the link's own, or another that waits for the same address. */
async function signUpWith(db: Runtime["db"], link: TokenRow, password: string): Promise<SignedUp | null> {
  if (link.userId !== null) {
    const [account] = await db.select({ name: user.name, passwordHash: user.passwordHash }).from(user).where(eq(user.id, link.userId));
    return account && (await passwordMatches(account.passwordHash, password)) ? account : null;
  }
  const waiting = await db
    .select()
    .from(accountToken)
    .where(and(eq(accountToken.email, link.email), eq(accountToken.kind, "signUp"), gt(accountToken.expiresAt, new Date())))
    .orderBy(desc(accountToken.createdAt))
    .limit(MAX_WAITING);
  // A mail that was asked for again has the same hash.
  const each = new Map([link, ...waiting].map((signedUp) => [signedUp.passwordHash, signedUp]));
  for (const signedUp of each.values()) if (await passwordMatches(signedUp.passwordHash, password)) return signedUp;
  return null;
}

export function linkIsOver(whatNow: string): AppError {
  return new AppError("INVALID", `This link does not work any more: it was used, or it is too old. ${whatNow}`, {
    details: { link: "over" },
  });
}
