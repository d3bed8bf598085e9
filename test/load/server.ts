/** A whole server without pages for the bench, in a process of its own; `startLoadServer` starts it and asks it. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocketServer } from "ws";
import { endSession } from "#features/account/index.ts";
import { counterTopic } from "#features/counter/events.ts";
import { counter } from "#features/counter/schema.ts";
import { requestIdOf } from "#server/context.ts";
import { appRouter } from "../../src/router.ts";
import { startApp, type TestApp, type TestUser } from "../support/app.ts";
import { createTestWorkflow } from "../support/workflows.ts"; // demo
import { inParallel } from "./row.ts";

/** What it can be asked for. */
export interface Asks {
  address: null;
  signUp: string;
  signIn: Pick<TestUser, "userId" | "email">;
  endSession: string;
  /** Publishes so many events on the counter's stream, so many at a time. */
  publish: { readonly count: number; readonly width: number };
  /** Writes a row so often, so many at a time; with its event in the same transaction, or without any. */
  write: { readonly count: number; readonly width: number; readonly event: boolean };
  memory: null;
  cpu: null;
  createWorkflow: { readonly userId: string }; // demo
}

export interface Answers {
  address: { readonly origin: string; readonly socketOrigin: string };
  signUp: TestUser;
  signIn: TestUser;
  endSession: null;
  publish: { readonly ms: number };
  write: { readonly ms: number };
  /** Bytes after a garbage collection. */
  memory: { readonly used: number; readonly resident: number };
  /** Milliseconds of processor time since the start. */
  cpu: number;
  createWorkflow: string; // demo
}

export interface Asked<Kind extends keyof Asks> {
  readonly id: number;
  readonly kind: Kind;
  readonly input: Asks[Kind];
}

/** One machine, one user: what a bench does is what the limits are there to stop. */
const limits = { socketsPerOwner: 10_000, subscriptionsPerSocket: 1_000 };

const answers: { [Kind in keyof Asks]: (app: TestApp, input: Asks[Kind]) => Promise<Answers[Kind]> } = {
  address: async ({ origin }) => ({ origin, socketOrigin: stock ?? origin }),
  signUp: (app, name) => app.signUp(name),
  signIn: (app, user) => app.signIn(user),
  endSession: async (app, sessionId) => {
    await endSession(app.runtime, sessionId);
    return null;
  },
  async publish({ runtime }, { count, width }) {
    const since = performance.now();
    const data = { by: 1, userName: "Bench" };
    await inParallel(Array.from({ length: count }), width, async () => {
      await runtime.realtime.publish(counterTopic, "shared", { type: "counterAdded", data });
    });
    return { ms: performance.now() - since };
  },
  async write({ runtime: { db, realtime } }, { count, width, event }) {
    const since = performance.now();
    await inParallel(Array.from({ length: count }), width, () =>
      realtime.transaction(db, async (tx) => {
        await tx.insert(counter).values({ id: randomUUID(), value: 1 });
        if (event) tx.publish(counterTopic, "shared", { type: "counterAdded", data: { by: 1, userName: "Bench" } });
      }),
    );
    return { ms: performance.now() - since };
  },
  async memory() {
    global.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { used: heapUsed + external, resident: rss };
  },
  async cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  createWorkflow: (app, owner) => createTestWorkflow(app.runtime, owner), // demo
};

/** tRPC's recipe for sockets, https://trpc.io/docs/server/websockets, with our router. */
async function serveStock(app: TestApp): Promise<string> {
  const server = createServer();
  const sources = { runtime: app.runtime, sessions: app.auth };
  applyWSSHandler({
    wss: new WebSocketServer({ server }),
    router: appRouter,
    createContext: async ({ req }) => {
      const { session, sessionEnd } = await app.auth.read(req.headers.cookie);
      return { ...sources, session, sessionEnd, ws: null, holdStream: () => true, address: "127.0.0.1", requestId: requestIdOf(req) };
    },
    keepAlive: { enabled: true, pingMs: 30_000, pongWaitMs: 5_000 },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Listening on a port, so its address is no path.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const { DATABASE_URL = "", SOCKETS, ROLE } = process.env;
const app = await startApp(DATABASE_URL, { limits, role: ROLE === "all" ? "all" : "web" });
const stock = SOCKETS === "stock" ? await serveStock(app) : null;

async function answer<Kind extends keyof Asks>({ id, kind, input }: Asked<Kind>): Promise<void> {
  try {
    process.send?.({ id, answer: await answers[kind](app, input) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
}
process.on("message", (asked: Asked<keyof Asks>) => void answer(asked));
process.on("SIGTERM", async () => {
  await app[Symbol.asyncDispose]();
  process.exit(0);
});
// Whoever started us is gone: nobody else would stop us.
process.on("disconnect", () => process.exit(0));
