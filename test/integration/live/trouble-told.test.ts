/** What a client says of its connection when something else is wrong with the server than that it is away. */
import { createTRPCClient } from "@trpc/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ConnectionState } from "#client/connection-state.ts";
import { ConnectionStore } from "#client/connection-store.ts";
import { createLinks } from "#client/links.ts";
import type { AppRouter } from "../../../src/router.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../../support/fault-proxy.ts";

let database: TestDatabase;
let proxy: FaultProxy;
let app: TestApp;
let ada: TestUser;
/** What stands between the client and the server lets no socket through. */
let socketsBlocked = false;

const RealSocket = globalThis.WebSocket;
const realFetch = globalThis.fetch;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startFaultProxy(database.url);
  app = await startApp(proxy.url);
  ada = await app.signUp("ada");
  class CookieSocket extends RealSocket {
    constructor(url: string | URL) {
      // Node's WebSocket takes headers here; a browser adds the cookie by itself. Nothing takes sockets at another address.
      super(socketsBlocked ? `${url}-blocked` : url, { headers: { cookie: ada.cookie } } as unknown as string[]);
    }
  }
  vi.stubGlobal("WebSocket", CookieSocket);
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
  const headers = { cookie: ada.cookie };
  vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
    realFetch(url, { ...init, headers: { ...(init.headers as object), ...headers } }),
  );
});

afterAll(async () => {
  vi.unstubAllGlobals();
  proxy.resume();
  await app[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

function startClient() {
  const store = new ConnectionStore(ada.userId);
  const api = createTRPCClient<AppRouter>({ links: createLinks({ store, origin: app.origin }) });
  const stop = store.start();
  return {
    store,
    api,
    says: (state: ConnectionState["state"]) => eventually(() => store.getState().state === state, { timeoutMs: 20_000, what: state }),
    [Symbol.dispose]: stop,
  };
}

test("a client whose server has lost its database says so as soon as a call fails, and that it is back", async () => {
  using client = startClient();
  await client.says("live");
  proxy.refuse(true);
  proxy.cut();
  await expect(client.api.counter.get.query({ counterId: "shared" })).rejects.toThrow("The database does not answer.");
  await client.says("withoutDatabase");
  proxy.refuse(false);
  await client.says("live");
  expect(client.store.getState().resumes).toBe(0);
}, 40_000);

test("where only sockets are blocked a client says that it asks over HTTP, has its views fetched, and is live once they get through", async () => {
  socketsBlocked = true;
  using client = startClient();
  let fetched = 0;
  client.store.views.add({ isBehind: () => true, refresh: () => void fetched++ });
  await client.says("viaHttp");
  await eventually(() => fetched > 0);
  socketsBlocked = false;
  client.store.retryNow();
  await eventually(() => client.store.getState().instanceId === app.runtime.instanceId);
  expect(client.store.getState().state).not.toBe("viaHttp");
}, 40_000);
