/** The door of the socket server: who may come in, how much they may ask, and what each refusal is called. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeCodes } from "#ws/close-codes.ts";
import { startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openSocket, type RawSocket } from "../../support/raw-socket.ts";

let database: TestDatabase;
let app: TestApp;

const limits = { subscriptionsPerSocket: 5, callsPerSocket: 3, socketsPerOwner: 3, burst: 60, messagesPerSecond: 10 };

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url, { limits, publicUrl: "https://heliograph.example" });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function isServed(): Promise<boolean> {
  await using socket = await openSocket(app);
  socket.send({ id: 1, method: "query", params: { path: "system.ping", input: { json: null } } });
  await socket.frame(1, ({ result }) => result?.type === "data");
  return true;
}

describe("[WS1] foreign origins are refused at the upgrade", () => {
  test.each([
    "https://evil.example",
    "http://127.0.0.1:1",
    "http://localhost.evil.example",
    "null",
    "file://",
    "https://heliograph.example:444",
    "x",
  ])("%s is answered 403", async (origin) => {
    await expect(openSocket(app, { origin })).rejects.toThrow("403");
  });

  test("the page's own host, the public address, and a client that is no browser are let in", async () => {
    for (const origin of [app.origin, "https://heliograph.example", undefined]) {
      await using socket = await openSocket(app, origin === undefined ? {} : { origin });
      expect(socket.closed.code).toBeNull();
    }
  });

  test("the refusal says why", async () => {
    const socket = connect(Number(new URL(app.origin).port), "127.0.0.1");
    socket.write(
      "GET /ws HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    let text = "";
    socket.on("data", (data) => {
      text += String(data);
    });
    await once(socket, "close");
    expect(text).toContain("403 Forbidden");
    expect(text).toContain("FOREIGN_ORIGIN");
  });
});

describe("[WS3] too many of anything is refused by name", () => {
  test("one subscription more than a socket may have", async () => {
    const ada = await app.signUp("ada");
    await using socket = await openSocket(app, ada);
    for (let id = 1; id <= 5; id++) socket.subscribe(id, "counter.onChange", { counterId: "shared" });
    await Promise.all([1, 2, 3, 4, 5].map((id) => socket.started(id)));
    socket.subscribe(6, "counter.onChange", { counterId: "shared" });
    expect(await socket.errorCode(6)).toBe("TOO_MANY_REQUESTS");
    expect(app.sockets.metrics().subscriptions).toBe(5);
    // A place is free again as soon as one is told to stop, and in the same message.
    socket.send([
      { id: 1, method: "subscription.stop" },
      { id: 7, method: "subscription", params: { path: "counter.onChange", input: { json: { counterId: "shared" } } } },
    ]);
    await socket.started(7);
    socket.subscribe(2, "counter.onChange", { counterId: "shared" });
    expect(await socket.errorCode(2)).toBe("BAD_REQUEST");
    expect(app.sockets.metrics().subscriptions).toBe(5);
  });

  test("a batch over the limit is refused as a whole, each by name", async () => {
    await using socket = await openSocket(app);
    socket.send(Array.from({ length: 11 }, (_, id) => ({ id, method: "query", params: { path: "system.ping", input: { json: null } } })));
    expect(await socket.errorCode(0)).toBe("BAD_REQUEST");
    expect(await socket.errorCode(10)).toBe("BAD_REQUEST");
  });

  test("one call more at a time than a socket may have", async () => {
    await using socket = await openSocket(app);
    socket.send(Array.from({ length: 4 }, (_, id) => ({ id, method: "query", params: { path: "system.info", input: { json: null } } })));
    expect(await socket.errorCode(3)).toBe("TOO_MANY_REQUESTS");
    await socket.frame(0, ({ result }) => result?.type === "data");
    socket.send({ id: 9, method: "query", params: { path: "system.ping", input: { json: null } } });
    await socket.frame(9, ({ result }) => result?.type === "data");
  });

  test("one socket more than a user may have; a closed one gives its place back", async () => {
    const ada = await app.signUp("ada");
    const open: RawSocket[] = [];
    for (let count = 0; count < 3; count++) open.push(await openSocket(app, ada));
    await using fourth = await openSocket(app, ada);
    expect(await fourth.closeCode()).toBe(closeCodes.tooManySockets.code);
    await open[0]?.[Symbol.asyncDispose]();
    await eventually(async () => {
      await using again = await openSocket(app, ada);
      again.send({ id: 1, method: "query", params: { path: "account.me", input: { json: null } } });
      await again.frame(1, ({ result }) => result?.type === "data");
      return true;
    });
    for (const socket of open) await socket[Symbol.asyncDispose]();
  });

  test("a message over the size limit", async () => {
    await using socket = await openSocket(app);
    socket.send({ id: 1, method: "query", params: { path: "system.ping", input: { json: "x".repeat(70_000) } } });
    expect(await socket.closeCode()).toBe(closeCodes.messageTooBig.code);
    expect(await isServed()).toBe(true);
  });

  test.each([
    ["pings", "PING"],
    ["malformed messages", "{"],
    ["operations", JSON.stringify({ id: 1, method: "subscription.stop" })],
  ])("too many %s", async (_, message) => {
    await using socket = await openSocket(app);
    for (let count = 0; count < 70; count++) socket.send(message);
    expect(await socket.closeCode()).toBe(closeCodes.tooManyMessages.code);
    expect(await isServed()).toBe(true);
  });

  // Control frames reach no procedure, but each costs this process a turn, and a ping an answer.
  test.each(["ping", "pong"] as const)("too many %s frames", async (kind) => {
    await using socket = await openSocket(app);
    for (let count = 0; count < 70; count++) socket.socket[kind]("x".repeat(125));
    expect(await socket.closeCode()).toBe(closeCodes.tooManyMessages.code);
    expect(await isServed()).toBe(true);
  });
});

describe("[WS4] a dead peer is found", () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp(database.url, { limits: { heartbeatMs: 500 } });
  });

  afterAll(() => app[Symbol.asyncDispose]());

  test("a peer that answers nothing is cut after two heartbeats", async () => {
    await using socket = await openSocket(app, { autoPong: false });
    expect(await socket.closeCode()).toBe(1006);
  });

  test("a quiet peer that answers pings stays, and its own PING is answered", async () => {
    await using socket = await openSocket(app);
    let pings = 0;
    socket.socket.on("ping", () => pings++);
    await eventually(() => pings >= 3);
    expect(socket.closed.code).toBeNull();
    const answer = once(socket.socket, "message");
    socket.send("PING");
    expect(String((await answer)[0])).toBe("PONG");
  });
});

test("[WS5] on shutdown every client is told, and nobody else comes in", async () => {
  await using going = await startApp(database.url);
  const ada = await going.signUp("ada");
  await using socket = await openSocket(going, ada);
  socket.subscribe(1, "counter.onChange", { counterId: "shared" });
  await socket.started(1);
  await going.sockets.drain({ spreadMs: 50, graceMs: 500 });
  expect(await socket.closeCode()).toBe(closeCodes.restarting.code);
  await expect(openSocket(going, ada)).rejects.toThrow("503");
});
