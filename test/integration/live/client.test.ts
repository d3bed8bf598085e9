/**
 * The browser's half against a real server: the links, the gate, the measured socket, and a live view on top. Node's own
 * WebSocket stands in for the browser's; only the cookie is added by hand.
 */
import { createTRPCClient } from "@trpc/client";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type ConnectionState, ConnectionStore } from "#client/connection-store.ts";
import { createLinks } from "#client/links.ts";
import { LiveStore } from "#client/live-store.ts";
import { endSession } from "#features/account/index.ts";
import { workflowTopic } from "#features/workflow/events.ts";
import { reduceWorkflow, type WorkflowView } from "#features/workflow/reduce.ts";
import { renameWorkflow } from "#features/workflow/service.ts";
import type { AppRouter } from "../../../src/router.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";

let database: TestDatabase;
let app: TestApp;
let ada: TestUser;
let workflowId: string;
let cookie = "";

const RealSocket = globalThis.WebSocket;
const realFetch = globalThis.fetch;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  class CookieSocket extends RealSocket {
    constructor(url: string | URL) {
      // Node's WebSocket takes headers here; a browser adds the cookie by itself.
      super(url, { headers: { cookie } } as unknown as string[]);
    }
  }
  vi.stubGlobal("WebSocket", CookieSocket);
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => realFetch(url, { ...init, headers: { ...(init.headers as object), cookie } }));
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
  ada = await app.signUp("ada");
  cookie = ada.cookie;
  workflowId = await app.createWorkflow(ada);
});

function startClient(origin = app.origin) {
  const store = new ConnectionStore();
  const api = createTRPCClient<AppRouter>({ links: createLinks({ store, origin }) });
  const states: ConnectionState["state"][] = [];
  store.listen(() => {
    const { state } = store.getState();
    if (states.at(-1) !== state) states.push(state);
  });
  const live = new LiveStore<typeof workflowTopic, WorkflowView>(
    {
      topic: workflowTopic,
      snapshot: () => api.workflow.get.query({ workflowId }),
      subscribe: (lastEventId, on) => api.workflow.onChange.subscribe({ workflowId, lastEventId }, on),
      reduce: reduceWorkflow,
      isFinal: (error) => error.message.includes("session has ended"),
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
  return {
    store,
    live,
    states,
    name: () => live.getState().view?.name,
    names: () => live.getState().events.map(({ event }) => ("name" in event.data ? event.data.name : null)),
    isLive: () => eventually(() => live.getState().status === "live" && store.getState().state === "live", { what: "a live view" }),
    [Symbol.dispose]() {
      live.stop();
      stop();
    },
  };
}

const rename = (name: string) => renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, name);

test("a view follows what happens, and the connection knows its server and round trip", async () => {
  using client = startClient();
  await client.isLive();
  await rename("One");
  await eventually(() => client.name() === "One");
  await eventually(() => {
    expect(client.store.getState()).toMatchObject({ instanceId: app.runtime.instanceId, resumes: 0, rttMs: expect.any(Number) });
    expect(client.store.getState().lastEventAt).toBeInstanceOf(Date);
  });
  expect(client.states).toEqual(["connecting", "live"].slice(client.states.length === 1 ? 1 : 0));
});

test("[SUB2] a client that was cut off gets what it missed, once, in order", async () => {
  using client = startClient();
  await client.isLive();
  await rename("Before");
  await eventually(() => client.name() === "Before");
  client.store.cut();
  expect(client.store.getState()).toMatchObject({ state: "offline", isCut: true });
  for (const name of ["One", "Two", "Three"]) await rename(name);
  expect(client.name()).toBe("Before");
  expect(client.live.getState().status).toBe("catchingUp");
  client.store.restore();
  await client.isLive();
  await eventually(() => client.name() === "Three");
  expect(client.names()).toEqual(["Before", "One", "Two", "Three"]);
  expect(client.store.getState()).toMatchObject({ resumes: 1, isCut: false });
});

test("two clients of one page are cut separately", async () => {
  using one = startClient();
  using two = startClient();
  await Promise.all([one.isLive(), two.isLive()]);
  one.store.cut();
  await rename("Two sees it");
  await eventually(() => two.name() === "Two sees it");
  expect(one.name()).toBe("Test");
  one.store.restore();
  await eventually(() => one.name() === "Two sees it");
});

test("[SUB2] 50 reconnects at random moments: no gap, no repeat", async () => {
  using client = startClient();
  await client.isLive();
  let published = 0;
  const publishing = (async () => {
    for (; published < 120; published++) await rename(`Name ${published}`);
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

test("when the session ends elsewhere the client knows, stops trying, and keeps its view", async () => {
  using client = startClient();
  await client.isLive();
  await endSession(app.runtime, ada.sessionId);
  await eventually(() => client.store.getState().state === "signedOut");
  expect(client.live.getState()).toMatchObject({ status: "error", view: { name: "Test" } });
  cookie = (await app.signIn(ada)).cookie;
  client.store.retryNow();
  client.live.retry();
  await client.isLive();
});

test("[WS5] when its server stops, the client says so, counts down, and goes on with the next one", async () => {
  const going = await startApp(database.url);
  const port = Number(new URL(going.origin).port);
  using client = startClient(going.origin);
  await client.isLive();
  await going[Symbol.asyncDispose]();
  await eventually(() => client.store.getState().state === "reconnecting");
  await eventually(() => expect(client.store.getState().retryInMs).toEqual(expect.any(Number)));
  await rename("Meanwhile");
  await using next = await startApp(database.url, { port });
  client.store.retryNow();
  await client.isLive();
  await eventually(() => client.name() === "Meanwhile");
  await eventually(() => client.store.getState().instanceId === next.runtime.instanceId);
});
