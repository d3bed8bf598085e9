/** An account's life: begun, confirmed, recovered, changed, on many devices, deleted. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accountDeleting, createAccountGateway, createUser, emailVerified } from "#features/account/index.ts";
import { SESSION_LIFETIME_MS } from "#server/session-reader.ts";
import { mailsTo, mutateFrom, newAddress, newEmail, tokenFor } from "../../support/accounts.ts";
import { PASSWORD, startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { openStream } from "../../support/sse.ts";
import { startWatch } from "../../support/stopwatch.ts";

let database: TestDatabase;
let app: TestApp;
let other: TestApp;
const verified: { userId: string; email: string }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  other = await startApp(database.url);
  app.runtime.hooks.on(emailVerified, async (_, account) => void verified.push(account));
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

beforeEach(() => {
  verified.length = 0;
});

const signsIn = async (email: string, password: string) =>
  (await createAccountGateway(app.runtime).verifyCredentials({ email, password, address: newAddress() })) !== null;

describe("signing up", () => {
  test("begins an account once the link of the mail was followed, and not before", async () => {
    const email = newEmail();
    const answer = await mutateFrom(app, "account.signUp", { email: ` ${email.toUpperCase()}`, name: "Ada", password: PASSWORD });
    expect(answer.data).toEqual({ status: "verificationSent" });
    const token = await tokenFor(app, email);
    expect(await signsIn(email, PASSWORD)).toBe(false);
    expect((await mutateFrom(app, "account.verifyEmail", { token, password: PASSWORD })).data).toEqual({ email });
    expect(await signsIn(email, PASSWORD)).toBe(true);
    expect(verified).toEqual([{ userId: expect.any(String), email }]);
    const [row] = await database.sql`select name, color, email_verified_at from "user" where email = ${email}`;
    expect(row).toMatchObject({ name: "Ada", color: expect.any(String), email_verified_at: expect.any(Date) });
  });

  test("a link works once, also when it is followed twice at the same time", async () => {
    const email = newEmail();
    await mutateFrom(app, "account.signUp", { email, name: "Ada", password: PASSWORD });
    const token = await tokenFor(app, email);
    const answers = await Promise.all(
      [app, other, app, other].map((each) => mutateFrom(each, "account.verifyEmail", { token, password: PASSWORD })),
    );
    expect(answers.filter(({ data }) => data !== null)).toHaveLength(1);
    expect(answers.find(({ error }) => error)?.error).toMatchObject({ code: "BAD_REQUEST", details: { link: "over" } });
  });

  test("nobody's sign-up can take another's place: each link opens its own password", async () => {
    const email = newEmail();
    await mutateFrom(app, "account.signUp", { email, name: "Ada", password: "the owner's password" });
    const own = await tokenFor(app, email);
    await mutateFrom(app, "account.signUp", { email, name: "Eve", password: "somebody else's" });
    await tokenFor(app, email, 2);
    await mutateFrom(app, "account.verifyEmail", { token: own, password: "the owner's password" });
    expect(await signsIn(email, "the owner's password")).toBe(true);
    expect(await signsIn(email, "somebody else's")).toBe(false);
  });

  test.each([
    ["the mail that somebody else's sign-up sent", 2, false],
    ["the mail that was asked for again", 3, true],
  ])("whoever confirms by %s begins their own account, and nobody else's password opens it", async (_, count, again) => {
    const email = newEmail();
    await mutateFrom(app, "account.signUp", { email, name: "Ada", password: "the owner's password" });
    await tokenFor(app, email);
    await mutateFrom(app, "account.signUp", { email, name: "Eve", password: "somebody else's" });
    await tokenFor(app, email, 2);
    if (again) await mutateFrom(app, "account.resendVerification", { email });
    const token = await tokenFor(app, email, count);
    expect((await mutateFrom(app, "account.verifyEmail", { token, password: "the owner's password" })).data).toEqual({ email });
    expect(await signsIn(email, "the owner's password")).toBe(true);
    expect(await signsIn(email, "somebody else's")).toBe(false);
    expect(await database.sql`select name from "user" where email = ${email}`).toEqual([{ name: "Ada" }]);
    // Nothing is left of the other one, its password least of all.
    expect(await database.sql`select from account_token where email = ${email}`).toHaveLength(0);
  });

  test("whoever does not know the password confirms nothing, and uses no link up", async () => {
    const email = newEmail();
    await mutateFrom(app, "account.signUp", { email, name: "Eve", password: PASSWORD });
    const token = await tokenFor(app, email);
    const { userId, email: unproved } = await createUser(app.runtime, {
      email: newEmail(),
      name: "Eve",
      password: PASSWORD,
      verified: false,
    });
    await mutateFrom(app, "account.resendVerification", { email: unproved });
    for (const each of [token, await tokenFor(app, unproved)]) {
      const refused = await mutateFrom(app, "account.verifyEmail", { token: each, password: "not Eve's" });
      expect(refused.error).toMatchObject({ code: "FORBIDDEN", details: { confirm: "password" } });
      expect(verified).toEqual([]);
    }
    await mutateFrom(app, "account.verifyEmail", { token: await tokenFor(app, unproved), password: PASSWORD });
    expect(verified).toEqual([{ userId, email: unproved }]);
    expect((await mutateFrom(app, "account.verifyEmail", { token, password: PASSWORD })).data).toEqual({ email });
  });

  test("the mail can be asked for again, and then either link works", async () => {
    const email = newEmail();
    await mutateFrom(app, "account.signUp", { email, name: "Ada", password: PASSWORD });
    await tokenFor(app, email);
    await mutateFrom(app, "account.resendVerification", { email });
    const again = await tokenFor(app, email, 2);
    expect((await mutateFrom(app, "account.verifyEmail", { token: again, password: PASSWORD })).data).toEqual({ email });
    expect(await signsIn(email, PASSWORD)).toBe(true);
  });

  test("an old link does not work any more", async () => {
    const email = newEmail();
    await mutateFrom(app, "account.signUp", { email, name: "Ada", password: PASSWORD });
    const token = await tokenFor(app, email);
    await database.sql`update account_token set expires_at = now() - interval '1 second' where email = ${email}`;
    expect((await mutateFrom(app, "account.verifyEmail", { token, password: PASSWORD })).error).toMatchObject({ code: "BAD_REQUEST" });
  });

  test.each([
    ["a short password", { password: "short" }],
    ["an address that is none", { email: "ada" }],
    ["no name", { name: "  " }],
    ["a name of several lines", { name: "Ada\nBcc: eve@example.com" }],
    ["a name that turns the text around", { name: "Ada \u202e gpj" }],
  ])("%s is refused", async (_, wrong) => {
    const input = { email: newEmail(), name: "Ada", password: PASSWORD, ...wrong };
    expect((await mutateFrom(app, "account.signUp", input)).error).toMatchObject({ code: "BAD_REQUEST" });
  });
});

describe("a forgotten password", () => {
  test("is replaced by the link, once; every device is signed out, and other links stop working", async () => {
    const ada = await app.signUp("ada");
    await using socket = await openSocket(other, ada);
    for (const count of [1, 2]) {
      await mutateFrom(app, "account.requestReset", { email: ada.email });
      await tokenFor(app, ada.email, count);
    }
    const [first, second] = (await mailsTo(app, ada.email, 2)).map(({ token }) => token);
    expect((await mutateFrom(app, "account.reset", { token: second, password: "a new password" })).data).toEqual({ email: ada.email });
    expect(await socket.closeCode()).toBe(4403);
    expect(await other.query(ada, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED", reason: "passwordChanged" });
    expect(await signsIn(ada.email, "a new password")).toBe(true);
    expect(await signsIn(ada.email, PASSWORD)).toBe(false);
    for (const token of [first, second])
      expect((await mutateFrom(app, "account.reset", { token, password: "another one" })).error).toMatchObject({
        details: { link: "over" },
      });
    expect((await mailsTo(app, ada.email, 3)).at(-1)?.subject).toBe("Your password was changed");
  });

  test("the link of one kind does not do for another", async () => {
    const [ada, email] = [await app.signUp("ada"), newEmail()];
    await mutateFrom(app, "account.requestReset", { email: ada.email });
    await mutateFrom(app, "account.signUp", { email, name: "Eve", password: PASSWORD });
    const [reset, confirm] = [await tokenFor(app, ada.email), await tokenFor(app, email)];
    expect((await mutateFrom(app, "account.verifyEmail", { token: reset, password: PASSWORD })).error).toMatchObject({
      code: "BAD_REQUEST",
    });
    expect((await mutateFrom(app, "account.reset", { token: confirm, password: "a new password" })).error).toMatchObject({
      code: "BAD_REQUEST",
    });
    expect(await signsIn(ada.email, PASSWORD)).toBe(true);
  });

  test("an address that nobody had confirmed is confirmed by it", async () => {
    const email = newEmail();
    const { userId } = await createUser(app.runtime, { email, name: "Ada", password: PASSWORD, verified: false });
    await mutateFrom(app, "account.requestReset", { email });
    await mutateFrom(app, "account.reset", { token: await tokenFor(app, email), password: "a new password" });
    expect(verified).toEqual([{ userId, email }]);
  });
});

describe("one's own account", () => {
  let ada: TestUser;

  beforeEach(async () => {
    ada = await app.signUp("ada");
  });

  test("has a name and a colour to choose", async () => {
    await app.mutate(ada, "account.updateProfile", { name: "  Ada L. ", color: "teal" });
    expect(await other.query(ada, "account.me", null)).toMatchObject({
      name: "Ada L.",
      color: "teal",
      emailVerified: true,
      hasPassword: true,
    });
    expect(await app.mutate(ada, "account.updateProfile", { name: "Ada", color: "#ff0000" })).toMatchObject({ code: "BAD_REQUEST" });
  });

  test("[WS2] a changed password ends the other devices, says why, and keeps this one", async () => {
    const laptop = await app.signIn(ada);
    await using lost = await openSocket(other, laptop);
    await using kept = await openSocket(other, ada);
    lost.subscribe(1, "counter.onChange", { counterId: "shared" });
    kept.subscribe(1, "counter.onChange", { counterId: "shared" });
    await Promise.all([lost.started(1), kept.started(1)]);
    const wrong = await app.mutate(ada, "account.changePassword", { current: "not it", password: "a new password" });
    expect(wrong).toMatchObject({ code: "FORBIDDEN", details: { confirm: "password" } });
    const elapsedMs = startWatch();
    expect(await app.mutate(ada, "account.changePassword", { current: PASSWORD, password: "a new password" })).toEqual({ ended: 1 });
    const refused = await lost.frame(1, ({ error }) => error !== undefined);
    expect(refused.error?.json.data).toMatchObject({ code: "UNAUTHORIZED", reason: "passwordChanged" });
    expect(await lost.closeCode()).toBe(4403);
    expect(elapsedMs()).toBeLessThan(2_000);
    expect(kept.closed.code).toBeNull();
    expect(await signsIn(ada.email, "a new password")).toBe(true);
  });

  test("a changed password, or an account that is deleted, voids the links that were asked for before", async () => {
    const eve = await app.signUp("eve");
    await mutateFrom(app, "account.requestReset", { email: eve.email });
    const token = await tokenFor(app, eve.email);
    await app.mutate(eve, "account.changePassword", { current: PASSWORD, password: "a new password" });
    expect((await mutateFrom(app, "account.reset", { token, password: "another one" })).error).toMatchObject({ details: { link: "over" } });
    // A sign-up with the same address that somebody tried before there was the account.
    await database.sql`insert into account_token (hash, kind, email, name, expires_at)
      values (${crypto.randomUUID()}, 'signUp', ${eve.email}, 'Mallory', now() + interval '1 day')`;
    await app.mutate(eve, "account.deleteAccount", { password: "a new password" });
    expect(await database.sql`select from account_token where email = ${eve.email}`).toHaveLength(0);
  });

  test("wrong passwords are counted there too", async () => {
    for (let count = 0; count < 10; count++) await app.mutate(ada, "account.deleteAccount", { password: "wrong" });
    expect(await app.mutate(ada, "account.deleteAccount", { password: PASSWORD })).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect(await app.query(ada, "account.me", null)).toMatchObject({ userId: ada.userId });
  });

  test("its devices are listed, and each or all others can be signed out, at once and in every process", async () => {
    const [phone, tablet] = [await app.signIn(ada), await app.signIn(ada)];
    const list = async () =>
      ((await app.query(ada, "account.devices", null)) as { items: { sessionId: string; current: boolean }[] }).items;
    const devices = await list();
    expect(devices.map(({ sessionId }) => sessionId).sort()).toEqual([ada, phone, tablet].map(({ sessionId }) => sessionId).sort());
    expect(devices.filter(({ current }) => current).map(({ sessionId }) => sessionId)).toEqual([ada.sessionId]);
    expect(await other.query(phone, "account.me", null)).toMatchObject({ userId: ada.userId });
    await app.mutate(ada, "account.endDevice", { sessionId: phone.sessionId });
    // Not within two seconds: at once, although the other process has just seen it alive.
    expect(await other.query(phone, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED", reason: "sessionEnded" });
    expect(await app.mutate(ada, "account.endDevice", { sessionId: phone.sessionId })).toMatchObject({ code: "NOT_FOUND" });
    expect(await app.mutate(ada, "account.endOtherDevices", undefined)).toEqual({ ended: 1 });
    expect(await other.query(tablet, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED" });
    expect(await list()).toHaveLength(1);
  });

  test("nobody signs out somebody else's device", async () => {
    const eve = await app.signUp("eve");
    expect(await app.mutate(eve, "account.endDevice", { sessionId: ada.sessionId })).toMatchObject({ code: "NOT_FOUND" });
    expect(await app.query(ada, "account.me", null)).toMatchObject({ userId: ada.userId });
  });

  test("[WS2] is deleted with its sessions; what others do with it happens in the same transaction, or nothing does", async () => {
    await using socket = await openSocket(other, ada);
    socket.send({ id: 1, method: "query", params: { path: "account.me", input: { json: null } } });
    await socket.frame(1, ({ result }) => result?.type === "data");
    let refuse = true;
    app.runtime.hooks.on(accountDeleting, async (_, { userId }) => {
      if (refuse && userId === ada.userId) throw new Error("not now");
    });
    expect(await app.mutate(ada, "account.deleteAccount", { password: PASSWORD })).toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
    expect(await signsIn(ada.email, PASSWORD)).toBe(true);
    refuse = false;
    socket.subscribe(2, "counter.onChange", { counterId: "shared" });
    await socket.started(2);
    await using stream = openStream(other, ada, "counter.onChange", { counterId: "shared" });
    await stream.opened();
    await app.mutate(ada, "account.deleteAccount", { password: PASSWORD });
    const refused = await socket.frame(2, ({ error }) => error !== undefined);
    expect(refused.error?.json.data).toMatchObject({ code: "UNAUTHORIZED", reason: "accountDeleted" });
    expect(await stream.refusal()).toMatchObject({ code: "UNAUTHORIZED", reason: "accountDeleted" });
    expect(await socket.closeCode()).toBe(4404);
    expect(await other.query(ada, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED" });
    expect(await signsIn(ada.email, PASSWORD)).toBe(false);
    expect(await database.sql`select from session where user_id = ${ada.userId}`).toHaveLength(0);
  });
});

describe("a session that is used", () => {
  const expiryOf = async ({ sessionId }: TestUser) => {
    const [row] = await database.sql<{ expires_at: Date }[]>`select expires_at from session where id = ${sessionId}`;
    return row?.expires_at.getTime() ?? 0;
  };

  test("goes on: each use moves its end, at most once in five minutes", async () => {
    const ada = await app.signUp("ada");
    await database.sql`update session set last_used_at = now() - interval '6 minutes', expires_at = now() + interval '1 hour' where id = ${ada.sessionId}`;
    expect(await app.query(ada, "account.me", null)).toMatchObject({ userId: ada.userId });
    const moved = await expiryOf(ada);
    expect(moved).toBeGreaterThan(Date.now() + SESSION_LIFETIME_MS - 60_000);
    await app.query(ada, "account.me", null);
    expect(await expiryOf(ada)).toBe(moved);
  });

  test("is over when nobody used it for long, and the refusal says so", async () => {
    const ada = await app.signUp("ada");
    await database.sql`update session set expires_at = now() - interval '1 second' where id = ${ada.sessionId}`;
    expect(await app.query(ada, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED", reason: "sessionExpired" });
    expect(await app.query(ada, "account.session", null)).toEqual({ userId: null, ended: "sessionExpired" });
  });
});

// demo begins
describe("[SUB4] who loses something is told why, over the socket", () => {
  test("a refusal about one thing does not carry the reason of another", async () => {
    const ada = await app.signUp("ada");
    await using socket = await openSocket(other, ada);
    socket.subscribe(1, "workflow.onChange", { workflowId: crypto.randomUUID() });
    const refused = await socket.frame(1, ({ error }) => error !== undefined);
    expect(refused.error?.json.data).toMatchObject({ code: "NOT_FOUND", reason: null });
  });
});
// demo ends

describe("signing in with a provider", () => {
  const enter = (profile: { id: string; email: string | null; name?: string | null }) =>
    createAccountGateway(app.runtime).enterWithProvider({
      provider: "github",
      providerAccountId: profile.id,
      name: profile.name ?? null,
      verifiedEmail: profile.email,
    });

  test("makes an account whose address counts as confirmed, and finds it again by the provider's id", async () => {
    const [id, email] = [crypto.randomUUID(), newEmail()];
    const first = await enter({ id, email, name: "Ada" });
    expect(first).toMatchObject({ email, name: "Ada" });
    expect(verified).toEqual([{ userId: first.userId, email }]);
    expect(await enter({ id, email: null })).toEqual(first);
    expect(await enter({ id, email: newEmail() })).toEqual(first);
  });

  test("at the same time twice makes one", async () => {
    const [id, email] = [crypto.randomUUID(), newEmail()];
    const entered = await Promise.all(Array.from({ length: 6 }, () => enter({ id, email })));
    expect(new Set(entered.map(({ userId }) => userId)).size).toBe(1);
  });

  test("opens the account with the same address only when that is confirmed", async () => {
    const ada = await app.signUp("ada");
    expect(await enter({ id: crypto.randomUUID(), email: ada.email })).toMatchObject({ userId: ada.userId });
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Eve", password: PASSWORD, verified: false });
    await expect(enter({ id: crypto.randomUUID(), email })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("an address that only looks like somebody's when it is lower-cased opens nothing of theirs", async () => {
    const email = `k${newEmail()}`;
    await createUser(app.runtime, { email, name: "Kate", password: PASSWORD });
    // The sign for Kelvin, a letter of its own: another mailbox where such are given out.
    await expect(enter({ id: crypto.randomUUID(), email: `\u212a${email.slice(1)}` })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await enter({ id: crypto.randomUUID(), email: ` K${email.slice(1).toUpperCase()}` })).toMatchObject({ email });
  });

  test("is refused when the provider does not vouch for an address", async () => {
    await expect(enter({ id: crypto.randomUUID(), email: null })).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("an account without a password sets one, and is deleted only after a fresh sign-in", async () => {
    const { userId, email } = await enter({ id: crypto.randomUUID(), email: newEmail() });
    const device = await app.signIn({ userId, email });
    expect(await app.query(device, "account.me", null)).toMatchObject({ hasPassword: false });
    await database.sql`update session set created_at = now() - interval '20 minutes' where id = ${device.sessionId}`;
    expect(await app.mutate(device, "account.deleteAccount", {})).toMatchObject({ code: "FORBIDDEN", details: { confirm: "signInAgain" } });
    const fresh = await app.signIn({ userId, email });
    expect(await app.mutate(fresh, "account.changePassword", { password: "a first password" })).toEqual({ ended: 1 });
    await eventually(async () => expect(await signsIn(email, "a first password")).toBe(true));
  });
});
