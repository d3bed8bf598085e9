/** What a page is told while its subscription, but not its socket, is away. The server is a socket that answers by hand. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createTRPCClient } from "@trpc/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type WebSocket as ServerSocket, WebSocketServer } from "ws";
import { ConnectionStore } from "#client/connection-store.ts";
import { createLinks } from "#client/links.ts";
import type { AppRouter } from "../../../src/router.ts";
import { eventually } from "../../support/eventually.ts";

beforeAll(() => {
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
});
afterAll(() => void vi.unstubAllGlobals());

test("[SUB2] a subscription that the server could not go on with is not called live until it is begun again, from its place", async () => {
  await using server = await startServer();
  const store = new ConnectionStore();
  const stop = store.start();
  const api = createTRPCClient<AppRouter>({ links: createLinks({ store, origin: server.origin }) });
  const told: string[] = [];
  const subscription = api.counter.onChange.subscribe(
    { counterId: "shared" },
    {
      onStarted: () => told.push("started"),
      onData: ({ id }) => told.push(id),
      onConnectionStateChange: ({ state }) => told.push(state),
      onError: ({ message }) => told.push(message),
    },
  );
  const first = await server.subscribed(1);
  first.answer({ result: { type: "started" } });
  first.answer({ result: { type: "data", id: "e.7", data: { json: { id: "e.7", data: { type: "counterAdded" } } } } });
  first.answer({ error: { json: { message: "later", code: -32603, data: { code: "SERVICE_UNAVAILABLE" } } } });
  const second = await server.subscribed(2);
  expect(second.after).toBe("e.7");
  second.answer({ result: { type: "started" } });
  await eventually(() => expect(told.slice(told.indexOf("started"))).toEqual(["started", "e.7", "connecting", "pending", "started"]));
  subscription.unsubscribe();
  stop();
});

interface Asked {
  readonly after: string | undefined;
  answer(frame: object): void;
}

async function startServer() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const asked: Asked[] = [];
  const take = (
    socket: ServerSocket,
    { id, method, params }: { id: number; method: string; params?: { input?: { json?: object }; lastEventId?: string } },
  ) => {
    if (method !== "subscription") return;
    const input: { lastEventId?: string } = params?.input?.json ?? {};
    asked.push({
      after: params?.lastEventId ?? input.lastEventId,
      answer: (frame) => socket.send(JSON.stringify({ id, ...frame })),
    });
  };
  server.on("connection", (socket) => {
    socket.on("message", (data) => {
      const text = String(data);
      if (text === "PING") return socket.send("PONG");
      for (const message of [JSON.parse(text)].flat()) take(socket, message);
    });
  });
  return {
    // The only address of a server that was told a host and a port.
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The subscription that is asked for as the n-th. */
    subscribed: (n: number) => eventually(() => asked[n - 1] ?? null, { timeoutMs: 10_000 }),
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}
