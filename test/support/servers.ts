/**
 * Servers in processes of their own, and clients that speak to them as the app's does: tRPC over a real socket.
 *
 *     await using one = await startServerProcess(database.url);
 *     const client = createClient(one.origin, user.cookie);
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, wsLink } from "@trpc/client";
import superjson from "superjson";
import { WebSocket } from "ws";
import type { AppRouter } from "../../src/router.ts";

export interface ServerProcess extends AsyncDisposable {
  readonly origin: string;
  readonly process: ChildProcess;
}

export async function startServerProcess(databaseUrl: string): Promise<ServerProcess> {
  const script = new URL("./server-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, NODE_ENV: "test", DATABASE_URL: databaseUrl },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  if (!child.stdout) throw new Error("The server process has no output.");
  const exited = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`The server process ended with ${code} before it was ready.`)),
  );
  const [line] = await Promise.race([once(createInterface(child.stdout), "line"), exited]);
  exited.catch(() => {}); // from here on it may end
  return {
    origin: String(line).replace("ready ", ""),
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
}

export interface Client extends AsyncDisposable {
  readonly api: ReturnType<typeof createTRPCClient<AppRouter>>;
}

/** A client with a socket of its own, which it opens again whenever it is lost. */
export function createClient(origin: string, cookie: string): Client {
  // Node's WebSocket sends no cookies; this one does what a browser does.
  const WithCookie = class extends WebSocket {
    constructor(url: string | URL) {
      super(url, { headers: { cookie } });
    }
  };
  const socket = createWSClient({
    url: `${origin.replace("http", "ws")}/ws`,
    // The browser's interface and the one of `ws` agree in everything that the client uses.
    WebSocket: WithCookie as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 20,
  });
  const api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type, context }) => type === "subscription" || context.overSocket === true,
        true: wsLink({ client: socket, transformer: superjson }),
        false: httpBatchLink({ url: `${origin}/api/trpc`, transformer: superjson, headers: { cookie } }),
      }),
    ],
  });
  return { api, [Symbol.asyncDispose]: () => socket.close() };
}
