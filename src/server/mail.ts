/**
 * Mails: sent by SMTP where there is a server for it, kept in a table and shown on a page in development, and off otherwise.
 *
 * A mail is written and sent after the request was answered. So the answer neither waits for a mail server nor tells, by how
 * long it takes, whether there was anybody to write to. A mail that cannot be sent is logged and lost: people ask for another.
 */
import { desc, lte } from "drizzle-orm";
import { createTransport } from "nodemailer";
import { withDeadline } from "#realtime/timing.ts";
import type { Database } from "./db.ts";
import type { Env } from "./env.ts";
import type { Logger } from "./logger.ts";
import { keptMail } from "./schema.ts";

export interface Mail {
  /** One bare address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface KeptMail extends Mail {
  readonly id: number;
  readonly createdAt: Date;
}

export interface Mailer {
  /** False when this server neither sends nor keeps mails. */
  readonly enabled: boolean;
  /** What links in mails begin with; never taken from a request, whose Host header its sender chooses. */
  readonly origin: string;
  /** Has `compose` run in the background, and its mail sent. Null: there is nothing to send. Never throws. */
  post(compose: () => Promise<Mail | null>): void;
  /** The newest kept mails, newest first; null where none are kept. */
  kept(): Promise<KeptMail[]> | null;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface MailerOptions {
  readonly env: Pick<Env, "smtpUrl" | "mailFrom" | "nodeEnv" | "publicUrl" | "port">;
  readonly db: Database;
  readonly log: Logger;
}

/** Of the mails that are not sent, the newest. */
const KEPT = 200;
/** A shutdown does not wait for a mail server that does not answer. */
const CLOSE_MS = 5_000;
const SMTP_TIMEOUT_MS = 20_000;

export function createMailer({ env, db, log }: MailerOptions): Mailer {
  const transport =
    env.smtpUrl === null
      ? null
      : createTransport(
          {
            url: env.smtpUrl,
            connectionTimeout: SMTP_TIMEOUT_MS,
            socketTimeout: SMTP_TIMEOUT_MS,
            disableFileAccess: true,
            disableUrlAccess: true,
          },
          { from: env.mailFrom },
        );
  const keeps = transport === null && env.nodeEnv !== "production";
  const underWay = new Set<Promise<void>>();

  async function deliver(compose: () => Promise<Mail | null>): Promise<void> {
    try {
      const mail = await compose();
      if (mail === null) return;
      assertPlain(mail);
      // As an object, so that nodemailer does not look for several addresses in the text.
      if (transport) await transport.sendMail({ ...mail, to: { name: "", address: mail.to } });
      else if (keeps) await keep(mail);
    } catch (error) {
      log.error("A mail was not sent.", { error });
    }
  }

  async function keep({ to, subject, text }: Mail): Promise<void> {
    const [kept] = await db.insert(keptMail).values({ to, subject, text }).returning({ id: keptMail.id });
    if (kept) await db.delete(keptMail).where(lte(keptMail.id, kept.id - KEPT));
  }

  return {
    enabled: transport !== null || keeps,
    origin: env.publicUrl === null ? `http://localhost:${env.port}` : new URL(env.publicUrl).origin,
    post(compose) {
      const task = deliver(compose).finally(() => underWay.delete(task));
      underWay.add(task);
    },
    kept: () => (keeps ? db.select().from(keptMail).orderBy(desc(keptMail.id)).limit(KEPT) : null),
    async close() {
      await withDeadline(Promise.all(underWay), CLOSE_MS).catch(() => {});
      transport?.close();
    },
  };
}

const ADDRESS = /^[^\s<>()[\]\\,;:"@]+@[^\s<>()[\]\\,;:"@]+$/;

/** The last look before a header is made of it. @throws Error when one mail could become several, or a header could begin */
export function assertPlain(mail: Pick<Mail, "to" | "subject">): void {
  if (!ADDRESS.test(mail.to)) throw new Error("A mail goes to one plain address.");
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(mail.subject)) throw new Error("A mail's subject is one line.");
}
