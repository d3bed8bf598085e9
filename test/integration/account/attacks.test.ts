/** What an attacker tries against accounts and sessions; each is tried here, and each is refused. */
import { randomUUID } from "node:crypto";
import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createUser, endSession } from "#features/account/index.ts";
import { DEVELOPMENT_SECRET } from "#server/env.ts";
import { mailsTo, mutateFrom, newAddress, newEmail, tokenFor } from "../../support/accounts.ts";
import { PASSWORD, startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { openAuthBrowser } from "../../support/next-auth.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { startWatch } from "../../support/stopwatch.ts";

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

const cookieOf = async (token: Record<string, unknown>, secret = DEVELOPMENT_SECRET) => `${COOKIE}=${await encode({ token, secret })}`;
const whoIs = (cookie: string) => app.query({ cookie }, "account.me", null);
const nobody = { code: "UNAUTHORIZED" };

describe("session fixation", () => {
  test("a session that was there before signing in is not the one after it, and is over", async () => {
    const [eve, email] = [await app.signUp("eve"), newEmail()];
    const ada = await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    // Eve has planted her cookie in Ada's browser.
    const browser = openAuthBrowser(app, new Map([[COOKIE, eve.cookie.slice(COOKIE.length + 1)]]));
    await browser.signIn(email, PASSWORD);
    expect(await whoIs(browser.header())).toMatchObject({ userId: ada.userId });
    expect(await whoIs(eve.cookie)).toMatchObject({ ...nobody, reason: "sessionEnded" });
  });

  test("each sign-in is a session of its own", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    const [one, two] = [openAuthBrowser(app), openAuthBrowser(app)];
    await one.signIn(email, PASSWORD);
    await two.signIn(email, PASSWORD);
    const [first, second] = (await Promise.all([whoIs(one.header()), whoIs(two.header())])) as { sessionId: string }[];
    expect(first?.sessionId).not.toBe(second?.sessionId);
  });

  test("an id that is made up opens nothing, and no row is made for it", async () => {
    const ada = await app.signUp("ada");
    const sid = randomUUID();
    expect(await whoIs(await cookieOf({ sub: ada.userId, sid }))).toMatchObject(nobody);
    expect(await database.sql`select from session where id = ${sid}`).toHaveLength(0);
  });
});

describe("forged and swapped cookies", () => {
  test.each([
    ["signed with another secret", (userId: string, sid: string) => cookieOf({ sub: userId, sid }, "x".repeat(40))],
    ["that is no token", async () => `${COOKIE}=eyJhbGciOiJub25lIn0.eyJzaWQiOiIxIn0.`],
    ["with a session id that is none", (userId: string) => cookieOf({ sub: userId, sid: "' or 1=1 --" })],
    ["with several session ids", (userId: string, sid: string) => cookieOf({ sub: userId, sid: [sid] })],
    ["without a session id", (userId: string) => cookieOf({ sub: userId })],
    ["without an account", (_: string, sid: string) => cookieOf({ sid })],
    ["under the name that https uses", async (userId: string, sid: string) => `__Host-${await cookieOf({ sub: userId, sid })}`],
  ])("a cookie %s is nobody's, over HTTP and over a socket", async (_, forge) => {
    const ada = await app.signUp("ada");
    const cookie = await forge(ada.userId, ada.sessionId);
    expect(await whoIs(cookie)).toMatchObject(nobody);
    await using socket = await openSocket(app, { cookie });
    socket.send({ id: 1, method: "query", params: { path: "account.me", input: { json: null } } });
    expect(await socket.errorCode(1)).toBe("UNAUTHORIZED");
  });

  test("one's own account with somebody else's session is neither", async () => {
    const [ada, eve] = [await app.signUp("ada"), await app.signUp("eve")];
    expect(await whoIs(await cookieOf({ sub: eve.userId, sid: ada.sessionId }))).toMatchObject({ ...nobody, reason: null });
    expect(await whoIs(await cookieOf({ sub: ada.userId, sid: eve.sessionId }))).toMatchObject({ ...nobody, reason: null });
  });

  test("a bearer token in place of the cookie is not looked at", async () => {
    const ada = await app.signUp("ada");
    const authorization = `Bearer ${ada.cookie.slice(COOKIE.length + 1)}`;
    const response = await fetch(`${app.origin}/api/trpc/account.me`, { headers: { authorization } });
    expect(response.status).toBe(401);
  });
});

describe("a cookie that was stolen", () => {
  test("is worth nothing after signing out, anywhere, and tells nothing of its owner", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Ada Brandt", password: PASSWORD });
    const browser = openAuthBrowser(app);
    await browser.signIn(email, PASSWORD);
    const stolen = new Map(browser.jar);
    await browser.post("signout", null, { csrfToken: await browser.csrfToken() });
    expect(browser.jar.has(COOKIE)).toBe(false);
    const thief = openAuthBrowser(app, stolen);
    expect(await whoIs(thief.header())).toMatchObject({ ...nobody, reason: "sessionEnded" });
    // next-auth's own endpoint would answer from the token alone, and make it anew.
    const answer = await thief.get("session");
    expect(JSON.stringify(answer.body)).not.toContain("Ada");
    expect(answer.body).toEqual({});
    expect(answer.set.get(COOKIE) ?? "").toBe("");
  });

  test("cannot take over the account: the password is asked for again", async () => {
    const ada = await app.signUp("ada");
    for (const [path, input] of [
      ["account.changePassword", { password: "the thief's own" }],
      ["account.changePassword", { current: "", password: "the thief's own" }],
      ["account.deleteAccount", {}],
    ] as const)
      expect(await app.mutate(ada, path, input)).toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("requests that another site makes the browser send", () => {
  const FORGED = { origin: "https://evil.example" };

  test.each([
    ["another site", FORGED],
    ["a sibling subdomain", { origin: "http://blog.127.0.0.1" }],
    ["another port of this machine", { origin: "http://127.0.0.1:1" }],
    ["a sandboxed frame", { origin: "null" }],
    ["a page that sends no Origin", { "sec-fetch-site": "cross-site" }],
    ["a sibling that sends no Origin", { "sec-fetch-site": "same-site" }],
  ])("a mutation from %s changes nothing, cookie or not", async (_, headers) => {
    const ada = await app.signUp("ada");
    await app.signIn(ada);
    const answer = await mutateFrom(app, "account.endOtherDevices", null, { cookie: ada.cookie, ...headers });
    expect(answer.status).toBe(403);
    expect(await database.sql`select from session where user_id = ${ada.userId} and ended_at is null`).toHaveLength(2);
  });

  // demo begins
  test.each([
    ["a sibling subdomain", { origin: "http://blog.127.0.0.1", "sec-fetch-site": "same-site" }],
    ["a sibling's image or script", { "sec-fetch-site": "same-site" }],
    ["a link on another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
  ])("a GET from %s brings nobody into a room, and takes none of their places", async (_, headers) => {
    const ada = await app.signUp("ada");
    const workflowId = await app.createWorkflow(ada);
    const url = `${app.origin}/api/trpc/presence.onChange?input=${encodeURIComponent(JSON.stringify({ json: { workflowId } }))}`;
    const response = await fetch(url, { headers: { cookie: ada.cookie, ...headers } });
    await response.body?.cancel();
    expect(response.status).toBe(403);
    expect(await app.query(ada, "presence.here", { workflowIds: [workflowId] })).toEqual({ [workflowId]: [] });
  });
  // demo ends

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])(
    "what a form can send without asking (%j) changes nothing, even without an Origin",
    async (type) => {
      const ada = await app.signUp("ada");
      await app.signIn(ada);
      const answer = await mutateFrom(app, "account.endOtherDevices", null, { cookie: ada.cookie, "content-type": type });
      expect(answer.status).toBe(415);
      expect(await database.sql`select from session where user_id = ${ada.userId} and ended_at is null`).toHaveLength(2);
    },
  );

  test("a GET changes nothing, batched or not", async () => {
    const ada = await app.signUp("ada");
    await app.signIn(ada);
    for (const url of ["account.endOtherDevices", "account.endOtherDevices?batch=1&input=%7B%7D", "account.endOtherDevices?_method=POST"])
      expect((await fetch(`${app.origin}/api/trpc/${url}`, { headers: { cookie: ada.cookie } })).ok).toBe(false);
    expect(await database.sql`select from session where user_id = ${ada.userId} and ended_at is null`).toHaveLength(2);
  });

  test("our own page may", async () => {
    const ada = await app.signUp("ada");
    const answer = await mutateFrom(app, "account.endOtherDevices", null, {
      cookie: ada.cookie,
      origin: app.origin,
      "sec-fetch-site": "same-origin",
    });
    expect(answer.data).toEqual({ ended: 0 });
  });

  test("nobody is signed in or out without the token that only our own page has", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Eve", password: PASSWORD });
    const victim = openAuthBrowser(app);
    const evesToken = await openAuthBrowser(app).csrfToken();
    for (const csrfToken of ["", evesToken, "x"]) {
      await victim.post("callback", "credentials", { email, password: PASSWORD, csrfToken, json: "true" });
      expect(victim.jar.has(COOKIE)).toBe(false);
    }
    await victim.signIn(email, PASSWORD);
    await victim.post("signout", null, { csrfToken: evesToken });
    expect(await whoIs(victim.header())).toMatchObject({ email });
  });

  test("nobody writes into the log by next-auth's own endpoint for that, whatever it is called with", async () => {
    const browser = openAuthBrowser(app);
    for (const body of [
      { level: "error", code: "x\nerror: forged", error: "forged" },
      { level: "warn", code: "forged" },
      { level: "none" },
      {},
    ])
      await browser.post("_log", null, body as Record<string, string>);
    expect(app.errors).toEqual([]);
  });

  test("[WS1] a socket from a sibling subdomain is refused, cookie or not", async () => {
    const ada = await app.signUp("ada");
    await expect(openSocket(app, { cookie: ada.cookie, origin: "http://blog.127.0.0.1" })).rejects.toThrow("403");
  });

  test("over https the cookie has a name that a sibling subdomain cannot plant", async () => {
    await using https = await startApp(database.url, { publicUrl: "https://app.example.com" });
    const ada = await https.signUp("ada");
    expect(ada.cookie).toMatch(/^__Host-/);
    const { cookies } = https.auth.optionsFor(new Headers());
    expect(cookies?.sessionToken).toMatchObject({
      name: `__Host-${COOKIE}`,
      options: { secure: true, httpOnly: true, path: "/", sameSite: "lax" },
    });
    // Nor those with which next-auth finds out whether it was here that somebody went to a provider.
    for (const each of [cookies?.sessionToken, cookies?.state, cookies?.pkceCodeVerifier, cookies?.callbackUrl]) {
      expect(each?.name).toMatch(/^__Host-next-auth\./);
      expect(each?.options).toMatchObject({ secure: true, httpOnly: true, path: "/", sameSite: "lax" });
      expect(each?.options.domain).toBeUndefined();
    }
    expect(await https.query(ada, "account.me", null)).toMatchObject({ userId: ada.userId });
    // The plain name, which anybody on a sibling could set for the whole domain, is not read.
    expect(await https.query({ cookie: ada.cookie.replace("__Host-", "") }, "account.me", null)).toMatchObject(nobody);
  });
});

describe("links in mails", () => {
  test("a link for one account does nothing for another, whoever is signed in where it is opened", async () => {
    const [ada, eve] = [await app.signUp("ada"), await app.signUp("eve")];
    await database.sql`update "user" set email_verified_at = null where id in ${database.sql([ada.userId, eve.userId])}`;
    await mutateFrom(app, "account.resendVerification", { email: ada.email });
    const token = await tokenFor(app, ada.email);
    await mutateFrom(app, "account.verifyEmail", { token, password: PASSWORD }, { cookie: eve.cookie });
    expect(await app.query(ada, "account.me", null)).toMatchObject({ emailVerified: true });
    expect(await app.query(eve, "account.me", null)).toMatchObject({ emailVerified: false });
  });

  test("what the database holds opens nothing", async () => {
    const ada = await app.signUp("ada");
    await mutateFrom(app, "account.requestReset", { email: ada.email });
    const token = await tokenFor(app, ada.email);
    const [row] = await database.sql<{ hash: string }[]>`select hash from account_token where email = ${ada.email}`;
    expect(row?.hash).not.toBe(token);
    expect((await mutateFrom(app, "account.reset", { token: row?.hash, password: "a new password" })).error).toMatchObject({
      details: { link: "over" },
    });
  });

  test("lead to the configured address, whatever Host the request names", async () => {
    const ada = await app.signUp("ada");
    await mutateFrom(app, "account.requestReset", { email: ada.email }, { "x-forwarded-host": "evil.example" });
    const [mail] = await mailsTo(app, ada.email);
    expect(mail?.text).toContain(`${app.runtime.mailer.origin}/reset?token=`);
    expect(mail?.text).not.toContain("evil.example");
  });

  test("trying links is limited", async () => {
    const forwarded = { "x-forwarded-for": newAddress() };
    const codes = new Set<string | undefined>();
    for (let count = 0; count < 62; count++)
      codes.add((await mutateFrom(app, "account.verifyEmail", { token: randomUUID(), password: PASSWORD }, forwarded)).error?.code);
    expect([...codes]).toEqual(["BAD_REQUEST", "TOO_MANY_REQUESTS"]);
  });

  test.each([
    "ada@example.com\r\nBcc: eve@evil.example",
    "ada@example.com, eve@evil.example",
    "Ada <ada@example.com>",
    "ada@example.com\u2028eve@evil.example",
    '"a\\"b"@example.com',
  ])("an address that would be more than one (%j) is refused", async (email) => {
    expect((await mutateFrom(app, "account.requestReset", { email })).error).toMatchObject({ code: "BAD_REQUEST" });
  });
});

test("SSE: a session that ends ends its stream with the reason, and its cookie begins no other", async () => {
  const ada = await app.signUp("ada");
  const url = `${app.origin}/api/trpc/counter.onChange?input=${encodeURIComponent(JSON.stringify({ json: { counterId: "shared" } }))}`;
  const headers = { cookie: ada.cookie, accept: "text/event-stream" };
  const response = await fetch(url, { headers });
  const elapsedMs = startWatch();
  const body = response.text();
  await endSession(app.runtime, ada.sessionId);
  expect(await body).toContain('"reason":"sessionEnded"');
  expect(elapsedMs()).toBeLessThan(2_500);
  expect(await (await fetch(url, { headers })).text()).toContain("UNAUTHORIZED");
});
