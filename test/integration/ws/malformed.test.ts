/** Whatever is sent, it is answered with an error or a close code; the server, and whoever else is connected, does not notice. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { addToCounter } from "#features/counter/service.ts";
import { appRouter } from "../../../src/router.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import fc from "../../support/fast-check.ts";
import { openSocket } from "../../support/raw-socket.ts";

let database: TestDatabase;
let app: TestApp;
let ada: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url, { limits: { burst: 100_000 } });
  ada = await app.signUp("ada");
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

// At run time it is flat, by path; its type is nested.
const flat = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
const procedures = Object.entries(flat);
const wrongPaths = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "account", "account.", ".", "toString"));
const paths = fc.oneof(fc.constantFrom(...procedures.map(([path]) => path)), wrongPaths);
const inputs = fc.oneof(
  fc.anything(),
  fc.record({ json: fc.anything(), meta: fc.anything() }),
  fc.constant({ json: { workflowId: "1", counterId: "shared", lastEventId: "x" } }),
  fc.constant({ json: {}, meta: { values: { "__proto__.polluted": ["Date"] } } }),
  fc.constant({ json: { a: 1 }, meta: { values: { a: [["custom", "x"]], b: ["map"] } } }),
);
const message = fc.record(
  {
    id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.anything()),
    jsonrpc: fc.oneof(fc.constant("2.0"), fc.anything()),
    method: fc.oneof(fc.constantFrom("query", "mutation", "subscription", "subscription.stop", "reconnect"), fc.string()),
    params: fc.oneof(fc.record({ path: paths, input: inputs, lastEventId: fc.anything() }, { requiredKeys: [] }), fc.anything()),
  },
  { requiredKeys: [] },
);
const frame = fc.oneof(
  message.map((value) => JSON.stringify(value) ?? "undefined"),
  fc.array(message, { maxLength: 20 }).map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string(),
  fc.constantFrom("", "PING", "PONG", "[", "[[]]", "null", "[null]", "{}", '{"id":1}', "9".repeat(400), `${"[".repeat(5_000)}`),
  fc.uint8Array({ maxLength: 200 }),
);

test("[WS3] a fuzz of frames harms neither the server nor other clients", async () => {
  await using witness = await openSocket(app, ada);
  witness.subscribe(1, "counter.onChange", { counterId: "shared" });
  await witness.started(1);
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 15 }), fc.boolean(), async (frames, signedIn) => {
      await using socket = await openSocket(app, signedIn ? ada : {});
      for (const each of frames) socket.socket.send(each);
      // It is still answered after all of that, or it was closed with a code that has a name.
      socket.send({ id: "after", method: "query", params: { path: "system.ping", input: { json: null } } });
      await eventually(
        () => socket.closed.code !== null || socket.frames.some(({ id, result }) => id === "after" && result?.type === "data"),
      );
      if (socket.closed.code !== null) expect([1002, 1007, 1009, 4429]).toContain(socket.closed.code);
      const text = JSON.stringify(socket.frames);
      expect(text).not.toMatch(/at .*\.ts:\d+/);
      expect(text).not.toMatch(/select |insert into/i);
    }),
    { numRuns: 150 },
  );
  await eventually(async () => {
    await addToCounter(app.runtime, { counterId: "shared", by: 1, userName: "Ada" });
    return witness.eventTypes(1).length > 0;
  });
  expect(witness.closed.code).toBeNull();
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test("a fuzz of inputs over HTTP is answered with a client's error each, and never with how the server works", async () => {
  // A subscription that is accepted does not end.
  const answering = procedures.filter(([, { _def }]) => _def.type !== "subscription").map(([path]) => path);
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.constantFrom(...answering), wrongPaths), fc.anything(), fc.boolean(), async (path, input, mutation) => {
      const url = `${app.origin}/api/trpc/${encodeURIComponent(path)}`;
      const text = JSON.stringify({ json: input }) ?? "";
      const response = mutation
        ? await fetch(url, { method: "POST", headers: { cookie: ada.cookie, "content-type": "application/json" }, body: text })
        : await fetch(`${url}?input=${encodeURIComponent(text.slice(0, 4_000))}`, { headers: { cookie: ada.cookie } });
      const body = await response.text();
      expect(response.status, `${path} ${text}: ${body}`).toBeLessThan(500);
      expect(body).not.toMatch(/at .*\.ts:\d+|node_modules/);
    }),
    { numRuns: 200 },
  );
});

test("handshakes that are none do not harm", async () => {
  const wrong = [
    ["sec-websocket-version", "1"],
    ["sec-websocket-key", "short"],
    ["host", "a b"],
    ["host", "["],
  ] as const;
  for (const [name, value] of wrong) {
    await openSocket(app, { headers: { [name]: value } }).then(
      (socket) => socket[Symbol.asyncDispose](),
      () => {},
    );
  }
  await using socket = await openSocket(app, ada);
  socket.send({ id: 1, method: "query", params: { path: "account.me", input: { json: null } } });
  await socket.frame(1, ({ result }) => result?.type === "data");
  expect(app.errors.filter((line) => !line.includes("failed:"))).toEqual([]);
});
