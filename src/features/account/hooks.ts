/** What later features may do when something happens to an account; each in the transaction in which it happens. */
import type { RealtimeTransaction } from "#realtime/index.ts";
import { defineHook } from "#server/hooks.ts";

export interface VerifiedEmail {
  readonly userId: string;
  /** As it is stored: lower-cased. */
  readonly email: string;
}

/** The account is now known to belong to whoever reads this address. Runs once for each proof; doing it twice must change nothing. */
export const emailVerified = defineHook<(tx: RealtimeTransaction, verified: VerifiedEmail) => Promise<void>>("emailVerified");

/**
 * The account's row is about to be deleted, with everything that refers to it: take along what nobody else could reach from then
 * on. @throws AppError CONFLICT to refuse; nothing is deleted then
 */
export const accountDeleting =
  defineHook<(tx: RealtimeTransaction, account: { readonly userId: string }) => Promise<void>>("accountDeleting");
