/** What may be typed into the fields of an account. */
import { z } from "zod";
import { EMAIL_MAX, PASSWORD_MAX, PASSWORD_MIN, USER_NAME_MAX } from "./lengths.ts";

/** One spelling per address, as it is stored and counted. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

export const emailInput = z.string().trim().toLowerCase().max(EMAIL_MAX).pipe(z.email("This is no e-mail address."));

export const newPasswordInput = z
  .string()
  .min(PASSWORD_MIN, `A password has at least ${PASSWORD_MIN} characters.`)
  .max(PASSWORD_MAX, `A password has at most ${PASSWORD_MAX} characters.`);

/** One that is only compared: an old one may be shorter than new ones must be. */
export const passwordInput = z.string().max(PASSWORD_MAX);

export const nameInput = z
  .string()
  .trim()
  .min(1, "Say what others shall call you.")
  .max(USER_NAME_MAX, `A name has at most ${USER_NAME_MAX} characters.`)
  // Names stand in other people's lists and in mails: no line breaks, nothing that turns the text around, nothing invisible alone.
  .refine((name) => !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(name), "A name has no line breaks or control characters.")
  .refine((name) => /[\p{L}\p{N}\p{S}]/u.test(name), "A name has at least one letter or number.");

export const tokenInput = z.string().min(1).max(200);
