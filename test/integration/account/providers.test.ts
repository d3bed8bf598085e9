/** Signing in with a provider, from its answer to the session; the network in between is next-auth's. */
import type { Account, User } from "next-auth";
import { encode } from "next-auth/jwt";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createUser } from "#features/account/index.ts";
import { DEVELOPMENT_SECRET } from "#server/env.ts";
import { createProviders } from "#server/providers.ts";
import { newEmail } from "../../support/accounts.ts";
import { PASSWORD, startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";

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

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What next-auth does after the provider has answered: the two callbacks, with one and the same object. */
async function comeBack(profile: object, cookie?: string) {
  const { callbacks } = app.auth.optionsFor(new Headers({ "user-agent": "Firefox", ...(cookie !== undefined && { cookie }) }));
  const user = profile as User;
  const account = { type: "oauth", provider: "github", providerAccountId: user.id } as Account;
  const allowed = await callbacks?.signIn?.({ user, account });
  if (allowed !== true) return { refused: allowed, cookie: null };
  const token = await callbacks?.jwt?.({ token: { sub: user.id }, user, account });
  return { refused: null, cookie: `next-auth.session-token=${await encode({ token: token ?? {}, secret: DEVELOPMENT_SECRET })}` };
}

describe("somebody who comes back from a provider", () => {
  test("has an account and a session on this device, in place of the one before", async () => {
    const before = await app.signUp("before");
    const email = newEmail();
    const { cookie } = await comeBack({ id: crypto.randomUUID(), name: "Ada", verifiedEmail: email }, before.cookie);
    expect(await app.query({ cookie: cookie ?? "" }, "account.me", null)).toMatchObject({ email, name: "Ada", hasPassword: false });
    expect(await app.query({ cookie: cookie ?? "" }, "account.devices", null)).toMatchObject({ items: [{ userAgent: "Firefox" }] });
    expect(await app.query(before, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("is told to verify their address there, or to use the password here, by a word the page knows", async () => {
    const id = crypto.randomUUID();
    expect(await comeBack({ id, name: "Ada", verifiedEmail: null })).toMatchObject({ refused: "/sign-in?error=ProviderAddressUnverified" });
    const { email } = await createUser(app.runtime, { email: newEmail(), name: "Eve", password: PASSWORD, verified: false });
    expect(await comeBack({ id, name: "Ada", verifiedEmail: email })).toMatchObject({ refused: "/sign-in?error=AccountNotConfirmed" });
  });
});

describe("only an address that the provider verified is taken", () => {
  const providers = createProviders({ github: { id: "i", secret: "s" }, google: { id: "i", secret: "s" } });
  // next-auth keeps what a provider was given under `options`.
  const optionsOf = (id: string) => (providers.find((provider) => provider.id === id)?.options ?? {}) as Record<string, unknown>;

  test("from none without keys", () => {
    expect(createProviders({ github: null, google: null })).toEqual([]);
  });

  test.each([
    [[{ email: "a@example.com", primary: true, verified: true }], "a@example.com"],
    [[{ email: "a@example.com", primary: true, verified: false }], null],
    [[{ email: "a@example.com", primary: false, verified: true }], null],
    [{ message: "no" }, null],
  ])("from GitHub's list %j: %s", async (emails, verifiedEmail) => {
    vi.stubGlobal("fetch", async () => Response.json(emails));
    const { userinfo, profile } = optionsOf("github") as unknown as {
      userinfo: { request: (context: object) => Promise<object> };
      profile: (profile: object) => object;
    };
    // The address on the profile itself proves nothing.
    const client = { userinfo: async () => ({ id: 7, login: "ada", name: null, email: "other@example.com" }) };
    const answer = await userinfo.request({ client, tokens: { access_token: "t" } });
    expect(profile(answer)).toEqual({ id: "7", name: "ada", verifiedEmail });
  });

  test.each([
    [true, "a@example.com"],
    [false, null],
  ])("from Google when it says verified: %s", (email_verified, verifiedEmail) => {
    const { profile } = optionsOf("google") as unknown as { profile: (profile: object) => object };
    expect(profile({ sub: "9", name: "Ada", email: "a@example.com", email_verified })).toEqual({ id: "9", name: "Ada", verifiedEmail });
  });
});
