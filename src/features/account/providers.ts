/**
 * Signing in with GitHub or Google.
 *
 * Their word that somebody reads an address counts like our own mail, and only then: an unverified address from there could be
 * anybody's. An account whose address nobody has proved yet is not handed over either, since whoever made it knows its password.
 */
import { and, eq } from "drizzle-orm";
import { z } from "zod";
import type { RealtimeTransaction } from "#realtime/index.ts";
import type { ProviderProfile } from "#server/auth.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { nameInput, normalizeEmail } from "./input.ts";
import { linkedAccount, user } from "./schema.ts";
import { type Account, insertUser, markVerified } from "./users.ts";

type Services = Pick<Runtime, "db" | "realtime" | "hooks">;

/**
 * The account of whoever the provider says this is: the one linked before, else the one with the same address, else a new one.
 * @throws AppError FORBIDDEN when the provider does not vouch for an address, CONFLICT when the address has an unproved account
 */
export async function enterWithProvider({ db, realtime, hooks }: Services, profile: ProviderProfile): Promise<Account> {
  const { provider, providerAccountId } = profile;
  return realtime.transaction(db, async (tx) => {
    const linked = await findLinked(tx, profile);
    if (linked) return linked;
    const email = addressOf(profile);
    if (email === null)
      throw new AppError("FORBIDDEN", `${provider} does not say that an address is yours. Verify your address there, then try again.`);
    const created = await insertUser(tx, { email, name: nameOf(profile, email), passwordHash: null, emailVerifiedAt: new Date() });
    const account = created ?? (await findVerified(tx, email));
    if (!account)
      throw new AppError("CONFLICT", "There is an account for this address that nobody has confirmed. Sign in with its password.");
    await tx.insert(linkedAccount).values({ provider, providerAccountId, userId: account.userId }).onConflictDoNothing();
    if (created) await markVerified(hooks, tx, account);
    return account;
  });
}

const address = z.string().trim().pipe(z.email());

/**
 * Only an address of letters that exist in one form: elsewhere `K` may also be the sign for Kelvin, which is another mailbox there
 * and the same small letter here.
 */
function addressOf({ verifiedEmail }: ProviderProfile): string | null {
  const parsed = address.safeParse(verifiedEmail);
  return parsed.success ? normalizeEmail(parsed.data) : null;
}

const accountColumns = { userId: user.id, email: user.email, name: user.name };

async function findLinked(tx: RealtimeTransaction, { provider, providerAccountId }: ProviderProfile): Promise<Account | null> {
  const [found] = await tx
    .select(accountColumns)
    .from(linkedAccount)
    .innerJoin(user, eq(user.id, linkedAccount.userId))
    .where(and(eq(linkedAccount.provider, provider), eq(linkedAccount.providerAccountId, providerAccountId)));
  return found ?? null;
}

async function findVerified(tx: RealtimeTransaction, email: string): Promise<Account | null> {
  const [found] = await tx
    .select({ ...accountColumns, verifiedAt: user.emailVerifiedAt })
    .from(user)
    .where(eq(user.email, email));
  return found?.verifiedAt ? { userId: found.userId, email: found.email, name: found.name } : null;
}

function nameOf({ name }: ProviderProfile, email: string): string {
  const parsed = nameInput.safeParse(name);
  return parsed.success ? parsed.data : (email.split("@")[0] ?? email);
}
