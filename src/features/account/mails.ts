/** The mails that accounts send. Plain text: what people typed cannot become markup in it. */
import type { Mail, Mailer } from "#server/mail.ts";

interface Letter {
  readonly to: string;
  readonly mailer: Pick<Mailer, "origin">;
}

const link = ({ origin }: Pick<Mailer, "origin">, path: string, token: string) => `${origin}${path}?token=${token}`;

const signature = "-- \nHeliograph";

export function confirmMail({ to, mailer, token }: Letter & { token: string }): Mail {
  return {
    to,
    subject: "Confirm your address",
    text: `Somebody signed up for Heliograph with this address. If that was you, confirm it here:

${link(mailer, "/verify", token)}

The link works once, for 24 hours, and asks for the password that you signed up with.

If it was not you, do nothing: without it there is no account.

${signature}`,
  };
}

/** To somebody who signs up with an address that has an account: only the reader of the address learns that it has one. */
export function haveAccountMail({ to, mailer }: Letter): Mail {
  return {
    to,
    subject: "You have an account already",
    text: `Somebody signed up for Heliograph with this address. It has an account already, and nothing was changed. Sign in here:

${mailer.origin}/sign-in

If you do not know the password any more, choose a new one: ${mailer.origin}/reset

${signature}`,
  };
}

export function resetMail({ to, mailer, token }: Letter & { token: string }): Mail {
  return {
    to,
    subject: "Choose a new password",
    text: `Somebody asked for a new password for the Heliograph account of this address. If that was you, choose it here:

${link(mailer, "/reset", token)}

The link works once, for one hour. If it was not you, do nothing: the password stays as it is.

${signature}`,
  };
}

export function passwordChangedMail({ to, mailer }: Letter): Mail {
  return {
    to,
    subject: "Your password was changed",
    text: `The password of your Heliograph account was changed, and all other devices were signed out.

If it was not you, choose a new one at once: ${mailer.origin}/reset

${signature}`,
  };
}
