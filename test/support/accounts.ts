/** What account tests do over and over: read mails, follow links, come from other addresses. */
import { randomUUID } from "node:crypto";
import type { TestApp } from "./app.ts";
import { eventually } from "./eventually.ts";

export const newEmail = () => `${randomUUID()}@example.com`;

let addresses = 0;

/** One that nobody else in this file counts by: numbered, since of random ones some two are the same some day. */
export function newAddress(): string {
  addresses++;
  return `198.51.${(addresses >> 8) & 255}.${addresses & 255}`;
}

/** A mutation as a browser behind a proxy sends it, from an address of its own: limits count by address. */
export async function mutateFrom(app: TestApp, path: string, input: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${app.origin}/api/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": newAddress(), ...headers },
    body: JSON.stringify({ json: input }),
  });
  const text = await response.text();
  const body = parse(text);
  return { status: response.status, text, data: body?.result?.data.json ?? null, error: body?.error?.json.data ?? null };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly data: unknown;
  readonly error: { readonly code: string; readonly reason: string | null; readonly details: Record<string, unknown> | null } | null;
}

function parse(text: string): { result?: { data: { json: unknown } }; error?: { json: { data: NonNullable<Answer["error"]> } } } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null; // refused before tRPC, in plain text
  }
}

export interface ReadMail {
  readonly subject: string;
  readonly text: string;
  /** The secret in its link; null for a mail without one. */
  readonly token: string | null;
}

/** Waits until `count` mails to this address are there, and returns them, oldest first. */
export async function mailsTo(app: TestApp, email: string, count = 1): Promise<readonly ReadMail[]> {
  return eventually(
    async () => {
      const mails = ((await app.runtime.mailer.kept()) ?? []).filter(({ to }) => to === email).reverse();
      if (mails.length < count) return null;
      return mails.map(({ subject, text }) => ({ subject, text, token: /token=([\w-]+)/.exec(text)?.[1] ?? null }));
    },
    { what: `mail ${count} to ${email}` },
  );
}

/** The secret of the newest mail. */
export async function tokenFor(app: TestApp, email: string, count = 1): Promise<string> {
  const token = (await mailsTo(app, email, count)).at(-1)?.token;
  if (!token) throw new Error(`The newest mail to ${email} has no link.`);
  return token;
}
