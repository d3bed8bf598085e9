/**
 * The browser's half against a real server: the links, the gate, the measured socket, and a live view on top. Node's own
 * WebSocket stands in for the browser's; only the cookie is added by hand.
 */
import { createTRPCClient } from "@trpc/client";
import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { ConnectionState } from "#client/connection-state.ts";
import { ConnectionStore } from "#client/connection-store.ts";
import { errorCode, OfflineError } from "#client/error-code.ts";
import { createLinks } from "#client/links.ts";
import { LiveStore } from "#client/live-store.ts";
import { unsentText } from "#client/unsent-work.ts"; // demo
import { endSession } from "#features/account/index.ts";
import { endSessions } from "#features/account/sessions.ts";
import { counterTopic } from "#features/counter/events.ts";
import { type CounterView, reduceCounter } from "#features/counter/reduce.ts";
import { addToCounter } from "#features/counter/service.ts";
import { publishAccessChanged } from "#server/access.ts";
import { DEVELOPMENT_SECRET } from "#server/env.ts";
import { closeCodes } from "#ws/close-codes.ts";
import type { AppRouter } from "../../../src/router.ts";
import { PASSWORD, startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";

let database: TestDatabase;
let app: TestApp;
let ada: TestUser;
let cookie = "";
/** Told of every socket's end. */
let onClosed: (event: CloseEvent) => void = () => {};

const counterId = "shared";
const RealSocket = globalThis.WebSocket;
const realFetch = globalThis.fetch;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  class CookieSocket extends RealSocket {
    constructor(url: string | URL) {
      // Node's WebSocket takes headers here; a browser adds the cookie by itself.
      super(url, { headers: { cookie } } as unknown as string[]);
      this.addEventListener("close", (event) => onClosed(event));
    }
  }
  vi.stubGlobal("WebSocket", CookieSocket);
  const page = new EventTarget();
  vi.stubGlobal("window", page);
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
});

afterAll(async () => {
  vi.unstubAllGlobals();
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

beforeEach(async () => {
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => realFetch(url, { ...init, headers: { ...(init.headers as object), cookie } }));
  ada = await app.signUp("ada");
  cookie = ada.cookie;
  onClosed = () => {};
});

function startClient(origin = app.origin) {
  const store = new ConnectionStore(ada.userId);
  const api = createTRPCClient<AppRouter>({ links: createLinks({ store, origin }) });
  const states: ConnectionState["state"][] = [];
  store.listen(() => {
    const { state } = store.getState();
    if (states.at(-1) !== state) states.push(state);
  });
  const live = new LiveStore<typeof counterTopic, CounterView>(
    {
      topic: counterTopic,
      snapshot: () => api.counter.get.query({ counterId }),
      subscribe: (lastEventId, on) => api.counter.onChange.subscribe({ counterId, lastEventId }, on),
      reduce: reduceCounter,
      isFinal: (error) => errorCode(error) === "UNAUTHORIZED",
    },
    {
      frame: (flush) => {
        const handle = setImmediate(flush);
        return () => clearImmediate(handle);
      },
      delay: (run, ms) => {
        const handle = setTimeout(run, ms);
        return () => clearTimeout(handle);
      },
      now: () => Date.now(),
    },
  );
  const stop = store.start();
  live.start();
  store.onResume(live.resume);
  return {
    api,
    store,
    live,
    states,
    name: () => live.getState().lastEvent?.event.data.userName,
    names: () => live.getState().events.map(({ event }) => event.data.userName),
    isLive: () => eventually(() => live.getState().status === "live" && store.getState().state === "live", { what: "a live view" }),
    [Symbol.dispose]() {
      live.stop();
      stop();
    },
  };
}

const press = (userName: string) => addToCounter(app.runtime, { counterId, by: 1, userName });

test("a view follows what happens, and the connection knows its server and round trip", async () => {
  using client = startClient();
  await client.isLive();
  // Looked at now: a machine that stands still for seconds may cost it this connection later on.
  expect(client.states).toEqual(["connecting", "live"].slice(client.states.length === 1 ? 1 : 0));
  await press("One");
  await eventually(() => client.name() === "One");
  await eventually(() => {
    expect(client.store.getState()).toMatchObject({ instanceId: app.runtime.instanceId, resumes: 0, rttMs: expect.any(Number) });
    expect(client.store.getState().lastEventAt).toBeInstanceOf(Date);
  });
});

test("[SUB2] a client that was cut off gets what it missed, once, in order", async () => {
  using client = startClient();
  await client.isLive();
  await press("Before");
  await eventually(() => client.name() === "Before");
  client.store.cut();
  expect(client.store.getState()).toMatchObject({ state: "offline", isCut: true });
  for (const name of ["One", "Two", "Three"]) await press(name);
  expect(client.name()).toBe("Before");
  expect(client.live.getState().status).toBe("catchingUp");
  client.store.restore();
  await client.isLive();
  await eventually(() => client.name() === "Three");
  expect(client.names()).toEqual(["Before", "One", "Two", "Three"]);
  expect(client.store.getState()).toMatchObject({ resumes: 1, isCut: false });
});

test("what is called while cut off is refused at once as not sent, and does not happen later", async () => {
  using client = startClient();
  await client.isLive();
  client.store.cut();
  const refused = await client.api.counter.add.mutate({ counterId, by: 1 }).catch((error: Error) => error);
  expect(refused).toMatchObject({ message: "You are offline.", cause: expect.any(OfflineError) });
  client.store.restore();
  await client.isLive();
  await press("After");
  await eventually(() => client.name() === "After");
  expect(client.names()).toEqual(["After"]);
});

test("two clients of one page are cut separately", async () => {
  using one = startClient();
  using two = startClient();
  await Promise.all([one.isLive(), two.isLive()]);
  one.store.cut();
  await press("Two sees it");
  await eventually(() => two.name() === "Two sees it");
  expect(one.name()).toBeUndefined();
  one.store.restore();
  await eventually(() => one.name() === "Two sees it");
});

test("[SUB2] 50 reconnects at random moments: no gap, no repeat", async () => {
  using client = startClient();
  await client.isLive();
  let published = 0;
  const publishing = (async () => {
    for (; published < 120; published++) await press(`Name ${published}`);
  })();
  for (let count = 0; count < 50; count++) {
    const seen = client.names().length;
    await eventually(() => client.live.getState().status === "live" || published === 120);
    await eventually(() => client.names().length > seen || published === 120 || Math.random() < 0.2);
    client.store.cut();
    client.store.restore();
  }
  await publishing;
  await eventually(() => client.name() === "Name 119");
  expect(client.names()).toEqual(Array.from({ length: 120 }, (_, index) => `Name ${index}`));
});

test("when the session ends elsewhere the client says why, stops trying, and after signing in again goes on from its place", async () => {
  using client = startClient();
  await client.isLive();
  await press("Before");
  await eventually(() => client.name() === "Before");
  await endSession(app.runtime, ada.sessionId);
  await eventually(() => client.store.getState().state === "signedOut");
  expect(client.store.getState().signedOut).toEqual({ reason: "sessionEnded", otherUser: false });
  expect(client.live.getState()).toMatchObject({ status: "error", view: { value: expect.any(Number) } });
  await press("Missed");
  cookie = (await app.signIn(ada)).cookie;
  expect(await client.store.resume()).toBe("signedIn");
  await client.isLive();
  await eventually(() => client.name() === "Missed");
  // Continued and not fetched anew: the events of before are still there, and the missed one came as an event.
  expect(client.names()).toEqual(["Before", "Missed"]);
  expect(client.store.getState().signedOut).toBeNull();
});

// Nothing but the close of its socket tells a page that only listens: without it, that page would look live for ever.
test.each([
  { cause: "sessionEnded", code: 4401, end: () => endSession(app.runtime, ada.sessionId) },
  {
    cause: "sessionExpired",
    code: 4402,
    end: async () => {
      await database.sql`update session set expires_at = now() - interval '1 second' where id = ${ada.sessionId}`;
      // Looked at now and not in half an hour.
      await app.runtime.realtime.transaction(app.runtime.db, async (tx) => publishAccessChanged(tx, ada.userId, { reason: "roleChanged" }));
    },
  },
  {
    cause: "passwordChanged",
    code: 4403,
    end: () =>
      app.runtime.realtime.transaction(app.runtime.db, (tx) =>
        endSessions(app.runtime, tx, { userId: ada.userId, keep: null, reason: "passwordChanged" }),
      ),
  },
  { cause: "accountDeleted", code: 4404, end: () => app.mutate(ada, "account.deleteAccount", { password: PASSWORD }) },
] as const)(
  "[WS2] a page without a subscription learns why its session is over from the close code $code",
  async ({ cause, code, end }) => {
    using client = startClient();
    client.live.stop();
    await eventually(() => client.store.getState().instanceId !== null);
    const closed: number[] = [];
    onClosed = (event) => closed.push(event.code);
    await end();
    await eventually(() => expect(client.store.getState().signedOut).toEqual({ reason: cause, otherUser: false }));
    expect(closed).toEqual([code]);
    expect(client.store.getState()).toMatchObject({ state: "signedOut", closeReason: closeCodes[cause].reason, retryInMs: null });
    expect(client.store.gate.isBlockedBy("session")).toBe(true);
  },
);

test("when another tab has signed in again meanwhile, nobody is asked anything", async () => {
  using client = startClient();
  await client.isLive();
  cookie = (await app.signIn(ada)).cookie;
  await endSession(app.runtime, ada.sessionId);
  await eventually(() => client.store.getState().resumes === 1 && client.live.getState().status === "live");
  expect(client.states).not.toContain("signedOut");
  await press("Still here");
  await eventually(() => client.name() === "Still here");
});

test("when somebody else has signed in meanwhile, the page says so and shows nothing of theirs", async () => {
  using client = startClient();
  await client.isLive();
  cookie = (await app.signUp("eve")).cookie;
  await endSession(app.runtime, ada.sessionId);
  await eventually(() => client.store.getState().signedOut?.otherUser === true);
  expect(client.live.getState()).toMatchObject({ status: "error", view: { value: expect.any(Number) } });
});

// demo begins
test("a change that was refused because the session is over is kept for copying, passwords are not", async () => {
  using client = startClient();
  await client.isLive();
  const workflowId = await app.createWorkflow(ada);
  await endSession(app.runtime, ada.sessionId);
  await expect(client.api.workflow.rename.mutate({ workflowId, name: "My best idea" })).rejects.toMatchObject({
    data: { code: "UNAUTHORIZED", reason: "sessionEnded" },
  });
  await expect(client.api.account.changePassword.mutate({ current: "secret one", password: "secret two" })).rejects.toThrow();
  const text = unsentText(client.store.unsent.getItems());
  expect(text).toContain("My best idea");
  expect(text).not.toContain("secret");
});
// demo ends

test("a cookie that ages is made anew by a page that only listens", async () => {
  using client = startClient();
  await client.isLive();
  const renewed: (string | null)[] = [];
  const token = await encode({ token: { sub: ada.userId, sid: ada.sessionId }, secret: DEVELOPMENT_SECRET, maxAge: 86_400 });
  cookie = `next-auth.session-token=${token}`;
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const response = await realFetch(url, { ...init, headers: { ...(init.headers as object), cookie } });
    renewed.push(response.headers.get("set-cookie"));
    return response;
  });
  expect(await client.store.resume()).toBe("signedIn");
  expect(renewed.at(-1)).toMatch(/^next-auth\.session-token=[\w.-]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
  cookie = renewed.at(-1)?.split(";")[0] ?? "";
  expect(await client.store.resume()).toBe("signedIn");
  expect(renewed.at(-1)).toBeNull();
});

test("[WS5] when its server stops, the client says so, counts down, and goes on with the next one", async () => {
  const going = await startApp(database.url);
  const port = Number(new URL(going.origin).port);
  using client = startClient(going.origin);
  await client.isLive();
  await going[Symbol.asyncDispose]();
  await eventually(() => client.store.getState().state === "reconnecting");
  await eventually(() => expect(client.store.getState().retryInMs).toEqual(expect.any(Number)));
  await press("Meanwhile");
  // Somebody else's connection may have been given this port meanwhile.
  await using next = await eventually(() => startApp(database.url, { port }), { what: "the port to be free again" });
  client.store.retryNow();
  await client.isLive();
  await eventually(() => client.name() === "Meanwhile");
  await eventually(() => client.store.getState().instanceId === next.runtime.instanceId);
});
