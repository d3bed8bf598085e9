/**
 * Access is taken away while somebody is looking, on another process than the one that does it: over sockets and SSE, with the
 * NOTIFY heard and with every NOTIFY swallowed on its way.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setMember } from "#features/workflow/index.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../../support/fault-proxy.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { openStream } from "../../support/sse.ts";
import { startWatch } from "../../support/stopwatch.ts";

/** What SUB4 and WFL4 promise. */
const WITHIN_MS = 2_000;

let database: TestDatabase;
let proxy: FaultProxy;
/** Where access is taken away. */
let here: TestApp;
/** Where people are looking: its database connections pass the proxy. */
let there: TestApp;
let ada: TestUser;
let bob: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startFaultProxy(database.url);
  here = await startApp(database.url);
  there = await startApp(proxy.url);
  [ada, bob] = await Promise.all([here.signUp("ada"), here.signUp("bob")]);
});

afterAll(async () => {
  await here[Symbol.asyncDispose]();
  await there[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

interface Scene {
  readonly workflowId: string;
  readonly executionId: string;
  readonly positions: Readonly<Record<string, string>>;
}

async function createScene(): Promise<Scene> {
  const workflowId = await here.createWorkflow(ada);
  const position = async (path: string) => ((await here.query(ada, path, { workflowId })) as { position: string }).position;
  const positions = { "workflow.onChange": await position("workflow.get"), "execution.onList": await position("execution.list") };
  await setMember(here.runtime, { workflowId, userId: bob.userId }, "editor");
  const { executionId } = (await here.mutate(ada, "execution.start", { workflowId })) as { executionId: string };
  return { workflowId, executionId, positions };
}

interface Watching extends AsyncDisposable {
  /** How many events have come. */
  readonly count: number;
  /** Waits for the error that ends it. */
  refusal(): Promise<{ readonly code: string; readonly reason?: unknown }>;
  /** Everything that came. */
  text(): string;
}

async function watchBySocket(path: string, input: object, after?: string): Promise<Watching> {
  const socket = await openSocket(there, bob);
  socket.subscribe(1, path, input, after);
  return {
    get count() {
      return socket.eventTypes(1).length;
    },
    async refusal() {
      const { error } = await socket.frame(1, (frame) => frame.error !== undefined);
      return error?.json.data ?? { code: "" };
    },
    text: () => JSON.stringify(socket.frames),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

async function watchByStream(path: string, input: object, after?: string): Promise<Watching> {
  const stream = openStream(there, bob, path, input, after);
  return {
    get count() {
      return stream.events.length;
    },
    refusal: () => stream.refusal(),
    text: () => stream.text(),
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

const transports = { sockets: watchBySocket, SSE: watchByStream };
const subscriptions = ["workflow.onChange", "execution.onList", "execution.onProgress"] as const;

const ways = {
  removed: (workflowId: string) => here.mutate(ada, "workflow.unshare", { workflowId, userId: bob.userId }),
  deleted: (workflowId: string) => here.mutate(ada, "workflow.remove", { workflowId }),
};

describe.each(["heard", "swallowed"] as const)("with the NOTIFY %s", (notify) => {
  beforeAll(() => proxy.onNotification(notify === "swallowed" ? () => "drop" : null));
  afterAll(() => proxy.onNotification(null));

  describe.each(Object.keys(transports) as (keyof typeof transports)[])("over %s", (transport) => {
    test.each(Object.keys(ways) as (keyof typeof ways)[])(
      "[WFL4] [SUB4] somebody for whom it is %s is told so within two seconds, and gets nothing that commits later",
      async (way) => {
        const { workflowId, executionId, positions } = await createScene();
        await using stack = new AsyncDisposableStack();
        const watchers: Watching[] = [];
        for (const path of subscriptions) {
          const input = path === "execution.onProgress" ? { executionId } : { workflowId };
          watchers.push(stack.use(await transports[transport](path, input, positions[path])));
        }
        // All of them are being delivered to; what is taken away is not the beginning.
        await eventually(() => watchers.every(({ count }) => count > 0), { what: "all three to have begun" });

        let counts = watchers.map(({ count }) => count);
        expect(await ways[way](workflowId)).toBeNull();
        const elapsedMs = startWatch();
        const refusing = Promise.all(watchers.map(async (watcher) => ({ ...(await watcher.refusal()), afterMs: elapsedMs() })));
        if (notify === "swallowed") {
          // Until the sweep has found it nobody there knows: from the refusal on, nothing comes.
          await refusing;
          counts = watchers.map(({ count }) => count);
        }
        // Bob sees none of this, whichever process or stream it goes through.
        if (way === "removed") {
          await here.mutate(ada, "workflow.rename", { workflowId, name: "Secret" });
          await there.mutate(ada, "execution.start", { workflowId });
          await here.mutate(ada, "execution.cancel", { executionId });
        }
        for (const refusal of await refusing) {
          expect(refusal).toMatchObject({ code: "NOT_FOUND", reason: way });
          expect(refusal.afterMs).toBeLessThan(WITHIN_MS);
        }
        const seen = watchers.map((watcher) => watcher.text()).join();
        expect(seen).not.toContain("Secret");
        expect(seen).not.toContain("executionFinished");
        expect(watchers.map(({ count }) => count)).toEqual(counts);
        for (const path of subscriptions) {
          const input = path === "execution.onProgress" ? { executionId } : { workflowId };
          await using again = await transports[transport](path, input, positions[path]);
          expect(await again.refusal()).toMatchObject({ code: "NOT_FOUND" });
          expect(again.count).toBe(0);
        }
        expect([...here.errors, ...there.errors]).toEqual([]);
      },
    );

    test("[WFL4] somebody who is made a viewer goes on watching, and may change nothing from then on", async () => {
      const { workflowId, positions } = await createScene();
      await using watcher = await transports[transport]("workflow.onChange", { workflowId }, positions["workflow.onChange"]);
      await eventually(() => watcher.count > 0);
      await here.mutate(ada, "workflow.share", { workflowId, email: bob.email, role: "viewer" });
      expect(await there.mutate(bob, "workflow.rename", { workflowId, name: "No" })).toMatchObject({ code: "FORBIDDEN" });
      await here.mutate(ada, "workflow.rename", { workflowId, name: "Still seen" });
      // A swallowed NOTIFY costs time, never an event.
      await eventually(() => expect(watcher.text()).toContain("Still seen"));
      expect(watcher.text()).toContain("workflowShared");
    });
  });
});
