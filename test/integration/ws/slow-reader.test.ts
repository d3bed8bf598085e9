/** The socket server alone, with a router of the test's own: no database, no features. */
import { once } from "node:events";
import { createServer } from "node:http";
import { initTRPC, tracked } from "@trpc/server";
import superjson from "superjson";
import { expect, test } from "vitest";
import { createSocketServer } from "#ws/accept.ts";
import type { SocketBackpressure } from "#ws/backpressure.ts";
import type { SocketLimits } from "#ws/limits.ts";
import { eventually } from "../../support/eventually.ts";
import { openSocket } from "../../support/raw-socket.ts";

const CHUNK_BYTES = 64 * 1024;

async function startSockets(limits: Partial<SocketLimits>) {
  const t = initTRPC.context<{ backpressure: SocketBackpressure }>().create({ transformer: superjson });
  const yielded: number[] = [];
  let running = 0;
  let answered = 0;
  const router = t.router({
    answer: t.procedure.query(() => {
      answered++;
      return "x".repeat(CHUNK_BYTES);
    }),
    flood: t.procedure.subscription(async function* ({ ctx, signal }) {
      const reader = yielded.push(0) - 1;
      running++;
      try {
        for (let n = 1; ; n++) {
          await ctx.backpressure.whenWritable(signal);
          yielded[reader] = n;
          yield tracked(String(n), "x".repeat(CHUNK_BYTES));
        }
      } finally {
        running--;
      }
    }),
  });
  const sockets = createSocketServer({
    router,
    publicUrl: null,
    limits,
    identify: async () => ({ owner: "test", createContext: (backpressure) => ({ backpressure }), watchEnd: () => () => {} }),
    onError: () => {},
  });
  const http = createServer();
  http.on("upgrade", sockets.handleUpgrade);
  await once(http.listen(0, "127.0.0.1"), "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    yielded,
    running: () => running,
    answered: () => answered,
    sockets,
    async [Symbol.asyncDispose]() {
      await sockets.drain({ spreadMs: 0, graceMs: 50 });
      http.close();
    },
  };
}

test("[SUB3] a reader that stops reading stops its writer, is given up after the stall limit, and holds up nobody else", async () => {
  // Shorter than that this process, which is both ends of every socket, may stand still itself: then the quick reader is slow, too.
  await using server = await startSockets({ highWaterBytes: 256 * 1024, stallMs: 2_000 });
  await using slow = await openSocket(server);
  slow.socket.pause();
  slow.socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path: "flood", input: { json: null } } }));
  await eventually(() => (server.yielded[0] ?? 0) > 0);

  await using quick = await openSocket(server);
  let received = 0;
  quick.socket.removeAllListeners("message");
  quick.socket.on("message", () => received++);
  quick.socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path: "flood", input: { json: null } } }));
  await eventually(() => received > 300);

  // Its writer stood still as soon as the buffers of the two ends were full, and ended with the socket.
  await eventually(() => server.running() === 1, { what: "the slow reader's writer to end" });
  expect((server.yielded[0] ?? 0) * CHUNK_BYTES).toBeLessThan(64 * 1024 * 1024);
  slow.socket.resume();
  expect([4408, 1006]).toContain(await slow.closeCode());
  const before = received;
  await eventually(() => received > before);
  expect(quick.closed.code).toBeNull();
});

const ask = (id: number) => ({ id, method: "query", params: { path: "answer", input: { json: null } } });

test("[WS3] a socket that asks and does not read gets no more answers than fit, and goes on when it has read them", async () => {
  await using server = await startSockets({ highWaterBytes: 256 * 1024, stallMs: 60_000, burst: 10_000 });
  await using slow = await openSocket(server);
  slow.socket.pause();
  let asked = 0;
  await eventually(
    () => {
      slow.send(ask(++asked));
      return asked > server.answered() + 5;
    },
    { what: "calls to be refused" },
  );
  slow.socket.resume();
  expect(await slow.errorCode(asked)).toBe("TOO_MANY_REQUESTS");
  slow.send(ask(++asked));
  await slow.frame(asked, ({ result }) => result?.type === "data");
});

test("[WS3] a socket that does not read its answers is given up after the stall limit, though it asks for nothing more", async () => {
  await using server = await startSockets({ highWaterBytes: 256 * 1024, stallMs: 300, burst: 10_000, callsPerSocket: 1_000 });
  await using slow = await openSocket(server);
  slow.socket.pause();
  // More than the buffers of the two ends hold.
  for (let id = 1; id <= 500; id++) slow.send(ask(id));
  await eventually(() => server.sockets.metrics().sockets === 0, { what: "the socket to be cut" });
});

test("[WS3] a process that is full answers 503, and lets people in again when there is a place", async () => {
  await using server = await startSockets({ sockets: 2 });
  await using first = await openSocket(server);
  await using second = await openSocket(server);
  await expect(openSocket(server)).rejects.toThrow("503");
  await first[Symbol.asyncDispose]();
  await eventually(async () => {
    await using again = await openSocket(server);
    return again.closed.code === null;
  });
  expect(second.closed.code).toBeNull();
});
