/**
 * How often somebody may try what.
 *
 * Passwords are counted three ways. Per account and address, tightly: that stops somebody who guesses, and delays nobody else.
 * Per address: many accounts from one place. Per account from everywhere, loosely: that stops guessing from a thousand addresses.
 * Anybody could use up that last one to lock somebody out, so an address from which the account was entered lately is not
 * held by it. Nothing here looks at whether the account exists, so the refusals do not tell either.
 */
import type { AttemptRule, Attempts } from "#server/attempts.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const signIns = "failed sign-ins";

export const accountLimits = {
  /** Failures for one account from one address. */
  signInPair: { name: "signIn", points: 10, windowSeconds: 15 * MINUTE, what: `${signIns} for this account` },
  /** Failures from one address: more, since an office shares one. */
  signInAddress: { name: "signInAddress", points: 50, windowSeconds: 15 * MINUTE, what: `${signIns} from this address` },
  /** Failures for one account from addresses that it is not known to use. */
  signInAccount: { name: "signInAccount", points: 100, windowSeconds: HOUR, what: `${signIns} for this account` },
  /** Not a limit: remembers for a month from where an account was entered. */
  knownPair: { name: "known", points: 1_000_000, windowSeconds: 30 * DAY, what: "" },
  /** The password asked for again by somebody who is signed in: to change it, to delete the account. */
  confirmPassword: { name: "confirm", points: 10, windowSeconds: 15 * MINUTE, what: "wrong passwords" },
  signUpAddress: { name: "signUp", points: 30, windowSeconds: HOUR, what: "accounts from this address" },
  /** Mails to one person, asked for from one address. */
  mailPair: { name: "mailPair", points: 5, windowSeconds: HOUR, what: "mails to this address" },
  /** Mails to one person, whoever asks for them: more, so that somebody else's asking does not soon use up one's own. */
  mailTo: { name: "mailTo", points: 15, windowSeconds: HOUR, what: "mails to this address" },
  mailFrom: { name: "mailFrom", points: 30, windowSeconds: HOUR, what: "mails asked for from this address" },
  /** Links that were tried. They cannot be guessed; this keeps trying cheap for us. */
  linkAddress: { name: "link", points: 60, windowSeconds: HOUR, what: "tries of links from this address" },
} as const satisfies Record<string, AttemptRule>;

export type AccountLimits = Readonly<Record<keyof typeof accountLimits, AttemptRule>>;

/** Counts a mail that somebody asks for. @throws AppError LIMIT, for addresses with and without an account alike */
export async function countMail(attempts: Attempts, { to, address }: { to: string; address: string }): Promise<void> {
  await attempts.take(accountLimits.mailFrom, address);
  await attempts.take(accountLimits.mailPair, `${to} ${address}`);
  await attempts.take(accountLimits.mailTo, to);
}
