/** A new password for somebody who reads the account's address. */
import { eq } from "drizzle-orm";
import { AppError } from "#server/errors.ts";
import { accountLimits, countMail } from "./limits.ts";
import { passwordChangedMail, resetMail } from "./mails.ts";
import { hashPassword } from "./passwords.ts";
import { accountToken, user } from "./schema.ts";
import { endSessions } from "./sessions.ts";
import { linkIsOver, type SignUpServices } from "./sign-up.ts";
import { findToken, issueToken, useToken } from "./tokens.ts";
import { markVerified } from "./users.ts";

/** The same answer, after the same time, for every address. @throws AppError LIMIT, UNAVAILABLE without mails */
export async function requestReset(services: SignUpServices, to: string, address: string): Promise<void> {
  const { db, attempts, mailer } = services;
  if (!mailer.enabled) throw new AppError("UNAVAILABLE", "This server sends no mails. Ask whoever runs it for a new password.");
  await countMail(attempts, { to, address });
  mailer.post(async () => {
    const [account] = await db.select({ userId: user.id }).from(user).where(eq(user.email, to));
    if (!account) return null;
    const token = await issueToken(db, { kind: "resetPassword", email: to, userId: account.userId });
    return resetMail({ to, mailer, token });
  });
}

/**
 * Sets the password and signs every device out. Other links of this account stop working.
 * @throws AppError INVALID when the link was used or is too old
 */
export async function resetPassword(
  services: SignUpServices,
  { token: secret, password }: { token: string; password: string },
  address: string,
): Promise<{ email: string }> {
  const { db, realtime, hooks, attempts, mailer } = services;
  await attempts.take(accountLimits.linkAddress, address);
  const passwordHash = await hashPassword(password);
  const { email } = await realtime.transaction(db, async (tx) => {
    const link = await findToken(tx, ["resetPassword"], secret);
    if (!link || link.userId === null) throw linkIsOver("Ask for another one.");
    const { userId, email } = link;
    // The account before its links, as everywhere: of two links at once the second waits here, and then finds itself gone.
    await tx.update(user).set({ passwordHash }).where(eq(user.id, userId));
    if (!(await useToken(tx, ["resetPassword"], secret))) throw linkIsOver("Ask for another one.");
    await tx.delete(accountToken).where(eq(accountToken.userId, userId));
    // Whoever followed the link reads the address.
    await markVerified(hooks, tx, { userId, email });
    await endSessions(services, tx, { userId, keep: null, reason: "passwordChanged" });
    return { email };
  });
  mailer.post(async () => passwordChangedMail({ to: email, mailer }));
  return { email };
}
