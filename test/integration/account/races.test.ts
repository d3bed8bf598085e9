/** What happens to an account at the same moment as something else. */
import { verify } from "@node-rs/argon2";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { mailsTo, mutateFrom, newEmail, tokenFor } from "../../support/accounts.ts";
import { PASSWORD, startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { openAuthBrowser } from "../../support/next-auth.ts";

// The real one, which can be held up.
vi.mock("@node-rs/argon2", { spy: true });

const COOKIE = "next-auth.session-token";

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

describe("two links of one address that are followed at the same moment", () => {
  const follow = async (path: string, tokens: readonly (string | null)[], password: string) => {
    const answers = await Promise.all(tokens.map((token) => mutateFrom(app, path, { token, password })));
    return answers.map(({ status, error }) => error?.code ?? status).sort();
  };
  const tokensOf = async (email: string) => (await mailsTo(app, email, 2)).map(({ token }) => token);
  const rounds = Array.from({ length: 10 }, (_, round) => round);

  test("to reset a password: one does, and the other is over", async () => {
    for (const round of rounds) {
      const { email } = await app.signUp("ada");
      for (let mails = 1; mails <= 2; mails++) {
        await mutateFrom(app, "account.requestReset", { email });
        await mailsTo(app, email, mails);
      }
      expect(await follow("account.reset", await tokensOf(email), `another one ${round}`)).toEqual([200, "BAD_REQUEST"]);
    }
    expect(app.errors).toEqual([]);
  });

  test("to confirm it: one begins the account, and the other is over", async () => {
    for (const _ of rounds) {
      const email = newEmail();
      await mutateFrom(app, "account.signUp", { email, name: "Bob", password: PASSWORD });
      await tokenFor(app, email);
      await mutateFrom(app, "account.resendVerification", { email });
      expect(await follow("account.verifyEmail", await tokensOf(email), PASSWORD)).toEqual([200, "BAD_REQUEST"]);
    }
    expect(app.errors).toEqual([]);
  });
});

describe("a password that is being changed", () => {
  async function resetToken({ email }: { email: string }): Promise<string> {
    await mutateFrom(app, "account.requestReset", { email });
    return tokenFor(app, email);
  }
  const reset = (token: string) => mutateFrom(app, "account.reset", { token, password: "the owner's new one" });

  /** Begins something that compares the old password, and finds it right, and does `meanwhile` before it is told so. */
  async function whileCompared<T>(begin: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T> {
    const [compared, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    vi.mocked(verify).mockImplementationOnce(async () => {
      compared.resolve();
      await told.promise;
      return true;
    });
    const begun = begin();
    await compared.promise;
    await meanwhile();
    told.resolve();
    return begun;
  }

  const livingSessions = ({ userId }: { userId: string }) =>
    database.sql`select from session where user_id = ${userId} and ended_at is null`;

  test("leaves no session of the old one, also when that was being compared at the same moment", async () => {
    const ada = await app.signUp("ada");
    const token = await resetToken(ada);
    const browser = openAuthBrowser(app);
    await whileCompared(
      () => browser.signIn(ada.email, PASSWORD),
      () => reset(token),
    );
    expect(browser.jar.has(COOKIE)).toBe(false);
    expect(await livingSessions(ada)).toHaveLength(0);
    for (let round = 0; round < 10; round++) {
      const eve = await app.signUp("eve");
      const eves = await resetToken(eve);
      await Promise.all([reset(eves), openAuthBrowser(app).signIn(eve.email, PASSWORD)]);
      expect(await livingSessions(eve)).toHaveLength(0);
    }
    expect(app.errors).toEqual([]);
  });

  test.each([
    ["set another", "account.changePassword", { current: PASSWORD, password: "the thief's own" }],
    ["delete the account", "account.deleteAccount", { password: PASSWORD }],
  ])("stays the owner's: who has confirmed with the old one does not %s", async (_, path, input) => {
    const ada = await app.signUp("ada");
    const thief = await app.signIn(ada);
    const token = await resetToken(ada);
    const answer = await whileCompared(
      () => app.mutate(thief, path, input),
      () => reset(token),
    );
    expect(answer).toMatchObject({ code: "CONFLICT" });
    const browser = openAuthBrowser(app);
    await browser.signIn(ada.email, "the owner's new one");
    expect(await app.query({ cookie: browser.header() }, "account.me", null)).toMatchObject({ userId: ada.userId });
  });
});
