/** What a request may hold: small texts that stand for large values, and large texts, are refused before anything walks through them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { openSocket } from "../../support/raw-socket.ts";

let database: TestDatabase;
let app: TestApp;
let ada: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  ada = await app.signUp("ada");
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

interface Answer {
  readonly error?: { readonly json: { readonly message: string; readonly data: { readonly code: string } } };
}

async function post(path: string, payload: unknown, cookie?: string) {
  const response = await fetch(`${app.origin}/api/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(cookie !== undefined && { cookie }) },
    body: JSON.stringify(payload),
  });
  const { error } = (await response.json()) as Answer;
  return error ? { code: error.json.data.code, message: error.json.message } : null;
}

const add = (by: unknown, meta?: unknown) => ({ json: { counterId: "shared", by }, ...(meta !== undefined && { meta }) });

/** Each of `depth` pairs holds the next one twice: two to the power of `depth` values for whoever walks through them. */
function pairsOfPairs(depth: number) {
  let json: unknown = 0;
  for (let level = 0; level < depth; level++) json = [json, 0];
  const referentialEqualities: Record<string, string[]> = {};
  for (let level = 0, path = "by"; level < depth; level++, path += ".0") referentialEqualities[`${path}.0`] = [`${path}.1`];
  return add(json, { referentialEqualities });
}

const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));

const refused = [
  { what: "one object in many places", payload: pairsOfPairs(40), message: /send copies/ },
  { what: "an object in itself", payload: add({ a: { b: 0 } }, { referentialEqualities: { by: ["by.a.b"] } }), message: /send copies/ },
  { what: "the whole in itself", payload: add(0, { referentialEqualities: [["by"]] }), message: /send copies/ },
  { what: "a bigint", payload: add("9".repeat(1_000), { values: { by: ["bigint"] } }), message: /JSON, dates and undefined/ },
  { what: "a map", payload: add([], { values: { by: ["map", { "0.0": ["Date"] }] } }), message: /JSON, dates and undefined/ },
  { what: "a type of somebody's own", payload: add(1, { values: { by: [["custom", "x"]] } }), message: /JSON, dates and undefined/ },
  { what: "what is nested too deeply", payload: add(nested(3_000)), message: /200 levels/ },
  { what: "what is not of superjson's shape", payload: add(1, { values: "by" }), message: /JSON, dates and undefined/ },
  {
    what: "very many of what is allowed",
    payload: add(Array(1_001).fill(null), {
      values: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`by.${n}`, ["undefined"]])),
    }),
    message: /at most 1000/,
  },
];

describe("[WS3] an input may not be larger than its text", () => {
  test.each(refused)("over HTTP: $what", async ({ payload, message }) => {
    const answer = await post("counter.add", payload, ada.cookie);
    expect(answer).toMatchObject({ code: "BAD_REQUEST", message: expect.stringMatching(message) });
  });

  test.each(refused)("over a socket, by its id, and without harm to what is sent with it: $what", async ({ payload, message }) => {
    await using socket = await openSocket(app, ada);
    socket.send([
      { id: 1, method: "mutation", params: { path: "counter.add", input: payload } },
      { id: 2, method: "query", params: { path: "counter.get", input: { json: { counterId: "shared" } } } },
    ]);
    expect(await socket.errorCode(1)).toBe("BAD_REQUEST");
    expect(socket.of(1)[0]?.error?.json.message).toMatch(message);
    await socket.frame(2, ({ result }) => result?.type === "data");
  });

  test("what is nested as deep as may be is looked at", async () => {
    // The object is a level of its own, and what is in the innermost list would be one more.
    expect(await post("counter.add", add(nested(199)), ada.cookie)).toMatchObject({ message: expect.stringContaining("by:") });
    expect(await post("counter.add", add(nested(201)), ada.cookie)).toMatchObject({ message: expect.stringContaining("200 levels") });
  });

  test("dates and undefined are taken", async () => {
    const json = { counterId: "shared", by: 1, note: null, at: new Date().toISOString() };
    const one = { json, meta: { values: { note: ["undefined"], at: ["Date"] }, v: 1 } };
    expect(await post("counter.add", one, ada.cookie)).toBeNull();
  });
});

describe("[WS3] a request may be as large as what it asks for may need", () => {
  const padded = (json: object, bytes: number) => ({ json: { ...json, padding: "x".repeat(bytes) } });

  test("4 kB where anybody may ask", async () => {
    const json = { email: "not an address" };
    expect(await post("account.resendVerification", padded(json, 3_000))).toMatchObject({ code: "BAD_REQUEST" });
    expect(await post("account.resendVerification", padded(json, 5_000))).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    for (const path of ["no.such.procedure", "constructor", "__proto__", "toString,account"])
      expect(await post(path, padded(json, 9_000))).toMatchObject({ code: "NOT_FOUND" });
  });

  test("64 kB for members, each call of a batch with its share", async () => {
    const json = { counterId: "shared", by: 1 };
    expect(await post("counter.add", padded(json, 60_000), ada.cookie)).toBeNull();
    expect(await post("counter.add", padded(json, 70_000), ada.cookie)).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    const batch = await fetch(`${app.origin}/api/trpc/counter.add,counter.add?batch=1`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: ada.cookie },
      body: JSON.stringify({ 0: padded(json, 60_000), 1: padded(json, 60_000) }),
    });
    expect(batch.status).toBe(200);
  });
  // demo begins

  test("1 MB for a workflow from a file, of which no more than a workflow has is looked at", async () => {
    const sound = { heliograph: 1, name: "Large", description: "", edges: [] };
    const items = ["x".repeat(900_000)];
    const node = { id: "start", type: "manual", name: "Start", position: { x: 0, y: 0 }, parameters: { items } };
    expect(await post("workflow.importJson", { json: { json: { ...sound, nodes: [node] } } }, ada.cookie)).toBeNull();
    const nodes = Array(480_000).fill(0);
    expect(await post("workflow.importJson", { json: { json: { ...sound, nodes } } }, ada.cookie)).toMatchObject({
      code: "BAD_REQUEST",
      message: expect.stringContaining("nodes: These are 480000; a workflow has at most 500."),
    });
    const parameters = { items: Array(300_000).fill({}) };
    expect(await post("workflow.importJson", { json: { json: { ...sound, nodes: [{ ...node, parameters }] } } }, ada.cookie)).toMatchObject(
      {
        code: "BAD_REQUEST",
        message: expect.stringContaining("nodes[0].parameters.items: With this, the file holds more than 50000 values."),
      },
    );
  });
  // demo ends
});
