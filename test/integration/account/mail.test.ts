import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestReset } from "#features/account/recovery.ts";
import { signUp } from "#features/account/sign-up.ts";
import { createDatabase } from "#server/db.ts";
import { createLogger } from "#server/logger.ts";
import { assertPlain, createMailer, type Mailer } from "#server/mail.ts";
import { newAddress, newEmail } from "../../support/accounts.ts";
import { PASSWORD, startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { startSmtpServer } from "../../support/smtp.ts";

let database: TestDatabase;
let app: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const errors: string[] = [];
const log = createLogger({
  format: "human",
  write: (line) => {
    if (line.includes("error: ")) errors.push(line);
  },
});

async function withMailer(env: { smtpUrl: string | null; nodeEnv: "production" | "test" }, use: (mailer: Mailer) => Promise<void>) {
  const { db, close } = createDatabase(database.url, { max: 1 });
  const mailer = createMailer({
    env: { ...env, mailFrom: "Heliograph <heliograph@example.com>", publicUrl: "https://app.example.com/ignored", port: 3000 },
    db,
    log,
  });
  await use(mailer);
  await mailer.close();
  await close();
}

describe("with a mail server", () => {
  test("a mail goes to one address, from the configured one, and nothing is kept", async () => {
    await using smtp = await startSmtpServer();
    await withMailer({ smtpUrl: smtp.url, nodeEnv: "production" }, async (mailer) => {
      expect(mailer).toMatchObject({ enabled: true, origin: "https://app.example.com" });
      expect(mailer.kept()).toBeNull();
      mailer.post(async () => ({
        to: "ada@example.com",
        subject: "Grüße",
        text: "See https://app.example.com/reset?token=abc\n.\nBcc: no header",
      }));
      await mailer.close();
      expect(smtp.mails).toHaveLength(1);
      const [mail] = smtp.mails;
      expect(mail?.from).toContain("<heliograph@example.com>");
      expect(mail?.to).toEqual([expect.stringContaining("<ada@example.com>")]);
      expect(mail?.headers).toMatch(/^To: <?ada@example\.com>?$/m);
      expect(mail?.headers).not.toMatch(/^(Bcc|Cc):/im);
    });
  });

  test.each([
    ["a header in the address", { to: "ada@example.com\r\nBcc: eve@evil.example" }],
    ["a second address", { to: "ada@example.com, eve@evil.example" }],
    ["a display name", { to: "Eve <eve@evil.example>" }],
    ["a header in the subject", { subject: "Hello\r\nBcc: eve@evil.example" }],
    ["a bare line feed in the subject", { subject: "Hello\nBcc: eve@evil.example" }],
  ])("%s is refused and sends nothing", async (_, wrong) => {
    const mail = { to: "ada@example.com", subject: "Hello", text: "", ...wrong };
    expect(() => assertPlain(mail)).toThrow();
    await using smtp = await startSmtpServer();
    errors.length = 0;
    await withMailer({ smtpUrl: smtp.url, nodeEnv: "production" }, async (mailer) => {
      mailer.post(async () => mail);
      await mailer.close();
      expect(smtp.mails).toHaveLength(0);
      expect(errors).toHaveLength(1);
    });
  });

  test("that does not answer, the request is not held up, and the log says so without the link", async () => {
    const smtp = await startSmtpServer();
    await smtp[Symbol.asyncDispose]();
    errors.length = 0;
    await withMailer({ smtpUrl: smtp.url, nodeEnv: "production" }, async (mailer) => {
      mailer.post(async () => ({ to: "ada@example.com", subject: "Hello", text: "token=secret" }));
      await mailer.close();
    });
    expect(errors.join()).toContain("A mail was not sent");
    expect(errors.join()).not.toContain("secret");
  });
});

describe("a production server without one", () => {
  test("keeps no mails, and says what it cannot do", async () => {
    await withMailer({ smtpUrl: null, nodeEnv: "production" }, async (mailer) => {
      expect(mailer.enabled).toBe(false);
      expect(mailer.kept()).toBeNull();
      const services = { ...app.runtime, mailer };
      await expect(requestReset(services, newEmail(), newAddress())).rejects.toMatchObject({ code: "UNAVAILABLE" });
    });
  });

  test("lets people sign up at once, with an address that counts as unproved", async () => {
    await withMailer({ smtpUrl: null, nodeEnv: "production" }, async (mailer) => {
      const services = { ...app.runtime, mailer };
      const asked = { email: newEmail(), name: "Ada", password: PASSWORD };
      expect(await signUp(services, asked, newAddress())).toEqual({ status: "created" });
      const [row] = await database.sql`select email_verified_at from "user" where email = ${asked.email}`;
      expect(row?.email_verified_at).toBeNull();
      await expect(signUp(services, asked, newAddress())).rejects.toMatchObject({ code: "CONFLICT" });
    });
  });
});
