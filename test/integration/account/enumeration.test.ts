/** Whether an address has an account is told to its reader alone: not by answers, not by limits, not by time. */
import { hash, verify } from "@node-rs/argon2";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { passwordMatches } from "#features/account/passwords.ts";
import { mailsTo, mutateFrom, newAddress, newEmail } from "../../support/accounts.ts";
import { PASSWORD, startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { openAuthBrowser } from "../../support/next-auth.ts";

// The real ones, counted.
vi.mock("@node-rs/argon2", { spy: true });
const argon2 = { hash: vi.mocked(hash), verify: vi.mocked(verify) };

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

describe("whether an account exists", () => {
  let known = "";

  beforeAll(async () => {
    known = (await app.signUp("known")).email;
  });

  test.each([
    ["account.signUp", { name: "Ada", password: PASSWORD }],
    ["account.requestReset", {}],
    ["account.resendVerification", {}],
  ])("is not told by the answer of %s", async (path, input) => {
    const [yes, no] = [
      await mutateFrom(app, path, { email: known, ...input }),
      await mutateFrom(app, path, { email: newEmail(), ...input }),
    ];
    expect(yes.status).toBe(200);
    expect({ status: yes.status, text: yes.text }).toEqual({ status: no.status, text: no.text });
  });

  test("is not told by limits either: they count for both alike", async () => {
    const outcomes = async (email: string) => {
      const codes: (string | undefined)[] = [];
      const here = { "x-forwarded-for": newAddress() };
      for (let count = 0; count < 6; count++) codes.push((await mutateFrom(app, "account.requestReset", { email }, here)).error?.code);
      for (let count = 0; count < 11; count++) codes.push((await mutateFrom(app, "account.requestReset", { email })).error?.code);
      return codes;
    };
    const codes = await outcomes((await app.signUp("limited")).email);
    // Five from one address, fifteen in all; what was refused does not count against the second.
    expect(codes.flatMap((code, index) => (code === "TOO_MANY_REQUESTS" ? [index] : []))).toEqual([5, 16]);
    expect(await outcomes(newEmail())).toEqual(codes);
  });

  test("is told to the reader of the address alone", async () => {
    const { email } = await app.signUp("mailed");
    await mutateFrom(app, "account.signUp", { email, name: "Eve", password: PASSWORD });
    const [mail] = await mailsTo(app, email);
    expect(mail).toMatchObject({ subject: "You have an account already", token: null });
  });

  /** Makes a try ready, all but what is asked about. Each known address is used once, so that no limit has a say in it. */
  const tries = {
    "a sign-in": async (email: string) => {
      const browser = openAuthBrowser(app);
      const form = { email, password: "wrong password", csrfToken: await browser.csrfToken(), json: "true" };
      return () => browser.post("callback", "credentials", form);
    },
    "a sign-up": async (email: string) => () => mutateFrom(app, "account.signUp", { email, name: "Ada", password: PASSWORD }),
    "asking for a new password": async (email: string) => () => mutateFrom(app, "account.requestReset", { email }),
  };
  const attempt = async (what: keyof typeof tries, email: string) => (await tries[what](email))();

  test.each([
    ["a sign-in", { verify: 1, hash: 0 }],
    ["a sign-up", { verify: 0, hash: 1 }],
    ["asking for a new password", { verify: 0, hash: 0 }],
  ] as const)("does not change what %s makes the server work: %j", async (what, work) => {
    await attempt(what, newEmail()); // makes what is made once
    for (const email of [(await app.signUp("worked")).email, newEmail()]) {
      await app.runtime.mailer.close(); // waits for what goes on after an answer
      argon2.verify.mockClear();
      argon2.hash.mockClear();
      await attempt(what, email);
      await app.runtime.mailer.close();
      expect({ verify: argon2.verify.mock.calls.length, hash: argon2.hash.mock.calls.length }).toEqual(work);
    }
  });

  const FEWEST = 40;
  const MOST = 120;
  /** What a busy machine may take to become sure; then it is judged as it is. */
  const LONGEST_MS = 20_000;

  /** Accounts as sign-up makes them, without hashing a password for each. */
  async function createKnown(count: number): Promise<string[]> {
    const rows = await database.sql<{ email: string }[]>`
      insert into "user" (email, email_verified_at, name, password_hash)
      select gen_random_uuid() || '@example.com', now(), name, password_hash from "user", generate_series(1, ${count}) where email = ${known}
      returning email`;
    return rows.map(({ email }) => email);
  }

  /** Of what is slowed by others now and then and hurried by nobody, the fast ones tell what it takes. */
  const fastQuarter = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)] ?? 0;

  /** How far apart two halves of the same are: what chance alone does here and now. */
  const chance = (times: readonly number[]) =>
    Math.abs(fastQuarter(times.filter((_, at) => at % 4 < 2)) - fastQuarter(times.filter((_, at) => at % 4 >= 2)));

  /** In how many pairs the first is the greater, as so many standard deviations from what a fair coin would give. */
  const leaning = (first: readonly number[], second: readonly number[]) =>
    Math.abs(2 * first.filter((ms, pair) => ms > (second[pair] ?? 0)).length - first.length) / Math.sqrt(first.length);
  /** A fair coin is so far out once in a million times. */
  const NO_CHANCE = 4.9;

  /**
   * Pairs of tries, in either order, each when nothing of the one before goes on any more; beside each a password is checked, which is
   * the least that an answer could take longer for. Half of that is the bound. How many pairs it takes is decided by how far the tries
   * of one kind are from each other, and not by what the two kinds differ by: that is looked at once. A machine that is busy with
   * other things makes any two measurements differ, but not in the same pairs the same way: only what is large and no chance tells.
   */
  test.each(Object.keys(tries) as (keyof typeof tries)[])("is not told by how long %s takes", async (what) => {
    await attempt(what, newEmail()); // loads what is loaded once
    const emails = await createKnown(MOST);
    const until = performance.now() + LONGEST_MS;
    const times = { known: [] as number[], unknown: [] as number[], check: [] as number[] };
    const measure = async (kind: keyof typeof times, run: () => Promise<unknown>) => {
      await app.runtime.mailer.close();
      const at = performance.now();
      await run();
      times[kind].push(performance.now() - at);
    };
    const measureTry = async (kind: "known" | "unknown", email: string) => measure(kind, await tries[what](email));
    const bound = () => {
      const [known, unknown, check] = [fastQuarter(times.known), fastQuarter(times.unknown), fastQuarter(times.check)];
      return Math.min(check / 2, Math.max(0.4 * Math.max(known, unknown), 15));
    };
    for (const [pair, email] of emails.entries()) {
      const isSure = Math.max(chance(times.known), chance(times.unknown)) < bound() / 3;
      if (pair >= FEWEST && (isSure || performance.now() > until)) break;
      if (pair % 2 === 0) await measureTry("known", email);
      await measureTry("unknown", newEmail());
      if (pair % 2 === 1) await measureTry("known", email);
      await measure("check", () => passwordMatches(null, "wrong password"));
    }
    const difference = Math.abs(fastQuarter(times.known) - fastQuarter(times.unknown));
    const lean = leaning(times.known, times.unknown);
    const figures = `${difference} ms of ${bound()}, ${lean} deviations, ${times.known.length} pairs`;
    expect(difference > bound() && lean > NO_CHANCE, figures).toBe(false);
  });
});
