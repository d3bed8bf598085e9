import { randomUUID } from "node:crypto";
import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAccountGateway, createUser, demoAccounts, demoPassword, seedAccounts } from "#features/account/index.ts";
import { accountLimits } from "#features/account/limits.ts";
import { SIGN_IN_ERRORS } from "#server/auth.ts";
import { ADDRESS_HEADER } from "#server/client-address.ts";
import { DEVELOPMENT_SECRET } from "#server/env.ts";
import { newAddress, newEmail } from "../../support/accounts.ts";
import { PASSWORD, startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { startWatch } from "../../support/stopwatch.ts";

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

/** What next-auth does with the form's fields. */
async function authorize(email: string, password: string, address = newAddress(), cookie?: string): Promise<unknown> {
  const headers = new Headers({ [ADDRESS_HEADER]: address, "user-agent": "test", ...(cookie && { cookie }) });
  const [provider] = app.auth.optionsFor(headers).providers;
  // next-auth keeps what it was given under `options`; the provider's own `authorize` is its default.
  const { authorize } = (provider?.options ?? {}) as { authorize: (credentials: object, request: object) => Promise<unknown> };
  return authorize({ email, password }, {});
}

describe("signing in", () => {
  test("with the right password makes a session row that the cookie names", async () => {
    const email = newEmail();
    const { userId } = await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    const signedIn = (await authorize(` ${email.toUpperCase()} `, PASSWORD)) as { id: string; sid: string };
    expect(signedIn).toMatchObject({ id: userId, email, name: "Ada" });
    const token = await encode({ token: { sub: userId, sid: signedIn.sid }, secret: DEVELOPMENT_SECRET });
    const session = await app.auth.readSession(`a=b; next-auth.session-token=${token}`);
    expect(session).toMatchObject({ userId, email, sessionId: signedIn.sid });
    const [row] = await database.sql`select user_agent from session where id = ${signedIn.sid}`;
    expect(row?.user_agent).toBe("test");
  });

  test("a wrong password, an unknown address and an empty field are the same nothing", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    expect(await authorize(email, "wrong password")).toBeNull();
    expect(await authorize(newEmail(), PASSWORD)).toBeNull();
    expect(await authorize("", PASSWORD)).toBeNull();
    expect(await authorize(`a\0${email}`, PASSWORD)).toBeNull();
    expect(await authorize(email, "")).toBeNull();
  });

  test("a password is stored as argon2id only", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    const [row] = await database.sql`select * from "user" where email = ${email}`;
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(row)).not.toContain(PASSWORD);
  });

  test("one address has one account, however it is spelt", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    await expect(createUser(app.runtime, { email: email.toUpperCase(), name: "Eve", password: PASSWORD })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await expect(createUser(app.runtime, { email: newEmail(), name: "Eve", password: "short" })).rejects.toMatchObject({ code: "INVALID" });
  });

  test("seeding twice, and twice at once, makes the demo accounts once", async () => {
    await Promise.all([seedAccounts(app.runtime), seedAccounts(app.runtime)]);
    await seedAccounts(app.runtime);
    for (const { email, name } of demoAccounts) expect(await authorize(email, demoPassword)).toMatchObject({ email, name });
  });
});

describe("attempts are limited", () => {
  const limits = {
    ...accountLimits,
    signInPair: { ...accountLimits.signInPair, name: randomUUID(), points: 3 },
    signInAddress: { ...accountLimits.signInAddress, name: randomUUID(), points: 5 },
    signInAccount: { ...accountLimits.signInAccount, name: randomUUID(), points: 6 },
  };
  const newGateway = () => createAccountGateway(app.runtime, { limits });
  const limited = { code: "LIMIT", details: { retryAfterSeconds: expect.any(Number) } };

  test("per account and address, also for an account that does not exist, and in parallel", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    for (const target of [email, newEmail()]) {
      const address = newAddress();
      const attempts = Array.from({ length: 5 }, () =>
        newGateway()
          .verifyCredentials({ email: target, password: "wrong password", address })
          .catch((error: unknown) => error),
      );
      const outcomes = await Promise.all(attempts);
      expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(3);
      expect(outcomes.find((outcome) => outcome !== null)).toMatchObject(limited);
      // Not even with the right password: else a guesser would know when they have it.
      await expect(newGateway().verifyCredentials({ email: target, password: PASSWORD, address })).rejects.toMatchObject({ code: "LIMIT" });
    }
    // From elsewhere the owner is not held up by it.
    expect(await newGateway().verifyCredentials({ email, password: PASSWORD, address: newAddress() })).not.toBeNull();
  });

  test("per account from everywhere, which does not hold up those who come from where they came before", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    const home = newAddress();
    expect(await newGateway().verifyCredentials({ email, password: PASSWORD, address: home })).not.toBeNull();
    for (const target of [email, newEmail()]) {
      for (let count = 0; count < 6; count++)
        expect(await newGateway().verifyCredentials({ email: target, password: "wrong", address: newAddress() })).toBeNull();
      await expect(newGateway().verifyCredentials({ email: target, password: PASSWORD, address: newAddress() })).rejects.toMatchObject(
        limited,
      );
    }
    expect(await newGateway().verifyCredentials({ email, password: PASSWORD, address: home })).not.toBeNull();
  });

  test("per address: over any accounts, shared by all processes", async () => {
    const address = newAddress();
    for (let count = 0; count < 5; count++)
      expect(await newGateway().verifyCredentials({ email: newEmail(), password: "wrong", address })).toBeNull();
    await expect(newGateway().verifyCredentials({ email: newEmail(), password: "wrong", address })).rejects.toMatchObject(limited);
  });

  test("whoever knows the password is not locked out by using it", async () => {
    const email = newEmail();
    await createUser(app.runtime, { email, name: "Ada", password: PASSWORD });
    const gateway = newGateway();
    const address = newAddress();
    for (let count = 0; count < 7; count++) expect(await gateway.verifyCredentials({ email, password: PASSWORD, address })).not.toBeNull();
    for (let count = 0; count < 2; count++) expect(await gateway.verifyCredentials({ email, password: "wrong", address })).toBeNull();
    expect(await gateway.verifyCredentials({ email, password: PASSWORD, address })).not.toBeNull();
  });

  test("no address, of either kind, stands in the table that counts", async () => {
    const [email, address] = [newEmail(), newAddress()];
    await newGateway().verifyCredentials({ email, password: "wrong", address });
    const rows = await database.sql<{ key: string }[]>`select key from attempt`;
    for (const { key } of rows) for (const secret of [email, address]) expect(key).not.toContain(secret);
  });

  test("the page is told how long to wait, and nothing else", async () => {
    const email = newEmail();
    const address = newAddress();
    for (let count = 0; count < 10; count++) await authorize(email, "wrong password", address);
    await expect(authorize(email, "wrong password", address)).rejects.toThrow(new RegExp(`^${SIGN_IN_ERRORS.tooMany}:\\d+$`));
  });
});

describe("signing out", () => {
  test("[WS2] ends this device's subscriptions and socket within two seconds, and the cookie is nobody's", async () => {
    const ada = await app.signUp("ada");
    await using socket = await openSocket(app, ada);
    socket.subscribe(1, "counter.onChange", { counterId: "shared" });
    await socket.started(1);
    const elapsedMs = startWatch();
    await app.auth.optionsFor(new Headers()).events?.signOut?.({ token: { sid: ada.sessionId }, session: { expires: "" } });
    expect(await app.auth.readSession(ada.cookie)).toBeNull();
    expect(await socket.errorCode(1)).toBe("UNAUTHORIZED");
    expect(await socket.closeCode()).toBe(4401);
    expect(elapsedMs()).toBeLessThan(2_000);
    await using again = await openSocket(app, ada);
    again.subscribe(1, "counter.onChange", { counterId: "shared" });
    expect(await again.errorCode(1)).toBe("UNAUTHORIZED");
  });

  test("[LOG1] the row and the event are one: both, or neither", async () => {
    const ada = await app.signUp("ada");
    const gateway = createAccountGateway(app.runtime);
    await gateway.endSession(ada.sessionId);
    await gateway.endSession(ada.sessionId);
    const [row] = await database.sql`select ended_at from session where id = ${ada.sessionId}`;
    expect(row?.ended_at).toBeInstanceOf(Date);
    await eventually(async () => {
      const events = await database.sql`select from rt.event where stream = ${`access:${ada.userId}`}`;
      expect(events).toHaveLength(1);
    });
  });

  test("a session whose time is over is nobody's", async () => {
    const ada = await app.signUp("ada");
    await database.sql`update session set expires_at = now() - interval '1 second' where id = ${ada.sessionId}`;
    expect(await app.query(ada, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED" });
  });
});
