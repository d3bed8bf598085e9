import { expect, test } from "vitest";
import { DEVELOPMENT_SECRET, parseEnv } from "../../src/server/env.ts";

const production = { NODE_ENV: "production", DATABASE_URL: "postgres://u:p@db/x", NEXTAUTH_SECRET: "x".repeat(32) };

test("development needs nothing, listens on loopback and may reach itself", () => {
  const env = parseEnv({});
  expect(env).toMatchObject({ nodeEnv: "development", port: 3000, host: "127.0.0.1", role: "all", authSecret: DEVELOPMENT_SECRET });
  expect(env.httpAllowHosts).toEqual(["localhost:3000", "127.0.0.1:3000"]); // demo
});

test("an empty variable counts as unset", () => {
  expect(parseEnv({ PORT: "", NEXTAUTH_URL: "", ROLE: "", DATABASE_URL: "" })).toEqual(parseEnv({}));
});

test("production listens everywhere, allows no private host and never seeds", () => {
  expect(parseEnv({ ...production, SEED: "demo" })).toMatchObject({ host: null, seed: false, publicUrl: null });
  expect(parseEnv(production).httpAllowHosts).toEqual([]); // demo
  expect(parseEnv({ SEED: "demo" }).seed).toBe(true);
});

test("a database's address that the driver could not decode is refused by name", () => {
  expect(() => parseEnv({ DATABASE_URL: "postgres://u:50%off@db/x" })).toThrow(/DATABASE_URL has a % that stands for no character/);
  expect(parseEnv({ DATABASE_URL: "postgres://u:50%25off@db/x" }).databaseUrl).toBe("postgres://u:50%25off@db/x");
});

test("LISTEN and migrations go where DIRECT_URL says, else to the database itself", () => {
  expect(parseEnv(production).directUrl).toBe(production.DATABASE_URL);
  expect(parseEnv({ ...production, DIRECT_URL: "postgres://u@direct/x" }).directUrl).toBe("postgres://u@direct/x");
});

// demo begins
test("lists are split and checked", () => {
  expect(parseEnv({ HTTP_ALLOW_HOSTS: "localhost:3000, [::1]:8080 ," }).httpAllowHosts).toEqual(["localhost:3000", "[::1]:8080"]);
  expect(() => parseEnv({ HTTP_ALLOW_HOSTS: "localhost" })).toThrow(/HTTP_ALLOW_HOSTS must be host:port pairs/);
});
// demo ends

test("everything that is wrong is said at once", () => {
  const wrong = {
    NODE_ENV: "production",
    PORT: "a",
    ROLE: "boss",
    REALTIME_MODE: "magic",
    NEXTAUTH_URL: "example.com",
    METRICS_TOKEN: "x",
  };
  for (const name of ["PORT", "ROLE", "REALTIME_MODE", "NEXTAUTH_URL", "METRICS_TOKEN", "DATABASE_URL", "NEXTAUTH_SECRET"]) {
    expect(() => parseEnv(wrong)).toThrow(new RegExp(`^ {2}${name} `, "m"));
  }
});

test("a number out of its range is told the range", () => {
  expect(() => parseEnv({ PORT: "80000" })).toThrow(/PORT must be a whole number from 0 to 65535/);
  expect(() => parseEnv({ PORT: "a" })).toThrow(/PORT must be a whole number from 0 to 65535/);
  expect(() => parseEnv({ DATABASE_POOL_SIZE: "0" })).toThrow(/DATABASE_POOL_SIZE must be a whole number from 1 to 500/);
  expect(parseEnv({ PORT: "8080" }).port).toBe(8080);
});

test("mails and providers are off unless they are configured, and half a configuration is refused", () => {
  expect(parseEnv({})).toMatchObject({ smtpUrl: null, github: null, google: null });
  expect(parseEnv({ GITHUB_ID: "id", GITHUB_SECRET: "secret" }).github).toEqual({ id: "id", secret: "secret" });
  expect(() => parseEnv({ GITHUB_ID: "id" })).toThrow(/GITHUB_SECRET is missing/);
  expect(() => parseEnv({ GOOGLE_SECRET: "secret" })).toThrow(/GOOGLE_ID is missing/);
  expect(() => parseEnv({ SMTP_URL: "smtps://mail.example.com" })).toThrow(/MAIL_FROM is missing/);
  expect(() => parseEnv({ SMTP_URL: "https://mail.example.com", MAIL_FROM: "a@b" })).toThrow(/SMTP_URL must look like/);
  expect(() => parseEnv({ MAIL_FROM: "a@b\nBcc: eve@evil.example" })).toThrow(/MAIL_FROM/);
});

test("production does not build the links of mails from a request", () => {
  const mail = { SMTP_URL: "smtps://mail.example.com", MAIL_FROM: "Heliograph <a@example.com>" };
  expect(() => parseEnv({ ...production, ...mail })).toThrow(/NEXTAUTH_URL is missing/);
  expect(parseEnv({ ...production, ...mail, NEXTAUTH_URL: "https://app.example.com" }).smtpUrl).toBe(mail.SMTP_URL);
});
