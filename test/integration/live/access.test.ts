/** Who gets what over a socket, and how soon somebody who may not any longer stops getting it. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { endSession } from "#features/account/index.ts";
import { removeMember, setMember } from "#features/workflow/index.ts";
import { renameWorkflow } from "#features/workflow/service.ts";
import { socketLimits } from "#ws/limits.ts";
import { parts } from "../../../src/parts.ts";
import { PASSWORD, startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { openStream } from "../../support/sse.ts";
import { startWatch } from "../../support/stopwatch.ts";

let database: TestDatabase;
let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  other = await startApp(database.url);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const WITHIN_MS = 2_000;

test("[WS2] a session that was ended elsewhere is over at once, also after the clock was put back", async () => {
  const ada = await app.signUp("ada");
  expect(await app.query(ada, "account.me", undefined)).toMatchObject({ userId: ada.userId });
  const { now } = Date;
  vi.spyOn(Date, "now").mockImplementation(() => now() - 3_600_000);
  // In its process, as far as this one knows: nothing here listens for this user.
  await database.sql`update session set ended_at = now() where id = ${ada.sessionId}`;
  expect(await app.query(ada, "account.me", undefined)).toMatchObject({ code: "UNAUTHORIZED" });
});

test("[SUB1] a member receives what happens, in order, also what another instance wrote", async () => {
  const ada = await app.signUp("ada");
  const workflowId = await app.createWorkflow(ada);
  await using socket = await openSocket(other, ada);
  socket.subscribe(1, "workflow.onChange", { workflowId });
  await socket.started(1);
  await eventually(async () => {
    await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "First");
    return socket.eventTypes(1).length > 0;
  });
  await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "Second");
  await socket.frame(1, (frame) => JSON.stringify(frame).includes("Second"));
  const positions = socket.of(1).flatMap(({ result }) => (result?.type === "data" ? [Number(result.id?.split(".").at(-1))] : []));
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(new Set(positions).size).toBe(positions.length);
});

test("[SUB2] a subscription goes on after the position it brings, on another instance", async () => {
  const ada = await app.signUp("ada");
  const workflowId = await app.createWorkflow(ada);
  const { position } = (await app.query(ada, "workflow.get", { workflowId })) as { position: string };
  for (const name of ["One", "Two", "Three"]) await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, name);
  await using socket = await openSocket(other, ada);
  socket.subscribe(1, "workflow.onChange", { workflowId }, position);
  await eventually(() => expect(socket.eventTypes(1)).toHaveLength(3));
  const second = socket.of(1).find(({ result }) => result?.type === "data" && result.id?.endsWith(".3"))?.result?.id;
  socket.subscribe(2, "workflow.onChange", { workflowId }, second);
  await eventually(() => expect(socket.eventTypes(2)).toHaveLength(1));
});

test("[SUB2] over SSE the same events come under the same positions", async () => {
  const ada = await app.signUp("ada");
  const workflowId = await app.createWorkflow(ada);
  const { position } = (await app.query(ada, "workflow.get", { workflowId })) as { position: string };
  for (const name of ["One", "Two"]) await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, name);
  const input = encodeURIComponent(JSON.stringify({ json: { workflowId, lastEventId: position } }));
  const abort = new AbortController();
  const response = await fetch(`${other.origin}/api/trpc/workflow.onChange?input=${input}`, {
    headers: { cookie: ada.cookie, accept: "text/event-stream" },
    signal: abort.signal,
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (reader && !text.includes("Two")) text += decoder.decode((await reader.read()).value, { stream: true });
  abort.abort();
  const [epoch, seq] = position.split(".");
  expect([...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id?.split(".")[1])).toEqual([`${Number(seq) + 1}`, `${Number(seq) + 2}`]);
  expect(text).toContain(`id: ${epoch}.`);
});

describe("[SUB4] only those whose guard passed get anything", () => {
  test("[WS2] without a session every procedure answers UNAUTHORIZED", async () => {
    const ada = await app.signUp("ada");
    const workflowId = await app.createWorkflow(ada);
    await using socket = await openSocket(app);
    socket.subscribe(1, "workflow.onChange", { workflowId });
    expect(await socket.errorCode(1)).toBe("UNAUTHORIZED");
    await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "Secret");
    socket.subscribe(2, "workflow.onChange", { workflowId });
    expect(await socket.errorCode(2)).toBe("UNAUTHORIZED");
    expect(JSON.stringify(socket.frames)).not.toContain("Secret");
  });

  test("another user is told that there is no such workflow, and hears nothing of it", async () => {
    const [ada, eve] = [await app.signUp("ada"), await app.signUp("eve")];
    const workflowId = await app.createWorkflow(ada);
    await using socket = await openSocket(app, eve);
    socket.subscribe(1, "workflow.onChange", { workflowId });
    expect(await socket.errorCode(1)).toBe("NOT_FOUND");
    await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "Secret");
    socket.subscribe(2, "workflow.onChange", { workflowId: crypto.randomUUID() });
    expect(await socket.errorCode(2)).toBe("NOT_FOUND");
    expect(JSON.stringify(socket.frames)).not.toContain("Secret");
  });

  test("a cookie that somebody made up is nobody", async () => {
    await using socket = await openSocket(app, { cookie: "next-auth.session-token=eyJhbGciOiJkaXIifQ..x.y.z; other=%E0%A4%A" });
    socket.send({ id: 1, method: "query", params: { path: "account.me", input: { json: null } } });
    expect(await socket.errorCode(1)).toBe("UNAUTHORIZED");
  });

  test("a member who is removed while subscribed is stopped within two seconds, and gets nothing that happens later", async () => {
    const [ada, bob] = [await app.signUp("ada"), await app.signUp("bob")];
    const workflowId = await app.createWorkflow(ada);
    await setMember(app.runtime, { workflowId, userId: bob.userId }, "viewer");
    await using socket = await openSocket(other, bob);
    socket.subscribe(1, "workflow.onChange", { workflowId });
    await socket.started(1);
    await eventually(async () => {
      await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "Seen");
      return socket.eventTypes(1).length > 0;
    });
    const elapsedMs = startWatch();
    await removeMember(app.runtime, { workflowId, userId: bob.userId });
    await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "Secret");
    expect(await socket.errorCode(1)).toBe("NOT_FOUND");
    expect(elapsedMs()).toBeLessThan(WITHIN_MS);
    await socket.frame(1, ({ result }) => result?.type === "stopped");
    const count = socket.of(1).length;
    await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "Later");
    socket.subscribe(2, "workflow.onChange", { workflowId });
    expect(await socket.errorCode(2)).toBe("NOT_FOUND");
    expect(socket.of(1)).toHaveLength(count);
    expect(JSON.stringify(socket.frames)).not.toContain("Later");
  });

  test("a role that changes leaves a subscription that is still allowed alone", async () => {
    const [ada, bob] = [await app.signUp("ada"), await app.signUp("bob")];
    const workflowId = await app.createWorkflow(ada);
    await setMember(app.runtime, { workflowId, userId: bob.userId }, "editor");
    await using socket = await openSocket(app, bob);
    socket.subscribe(1, "workflow.onChange", { workflowId });
    await socket.started(1);
    await setMember(app.runtime, { workflowId, userId: bob.userId }, "viewer");
    await eventually(async () => {
      await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "Still seen");
      return socket.eventTypes(1).length > 0;
    });
    await expect(renameWorkflow(app.runtime, { workflowId, userId: bob.userId }, "No")).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

test("[SUB4] an id in capitals is refused, so that what is taken away by it is not taken away unheard", async () => {
  const [ada, bob] = [await app.signUp("ada"), await app.signUp("bob")];
  const workflowId = await app.createWorkflow(ada);
  await setMember(app.runtime, { workflowId, userId: bob.userId }, "viewer");
  const capitals = { workflowId: workflowId.toUpperCase() };
  for (const [path, input] of [
    ["workflow.unshare", { workflowId, userId: bob.userId.toUpperCase() }],
    ["workflow.rename", { ...capitals, name: "Capitals" }],
    ["workflow.remove", capitals],
    ["execution.start", capitals],
    ["presence.set", { ...capitals, status: "idle" }],
    ["account.endDevice", { sessionId: ada.sessionId.toUpperCase() }],
  ] as const)
    expect(await app.mutate(ada, path, input), path).toMatchObject({ code: "BAD_REQUEST" });
  await using socket = await openSocket(app, ada);
  for (const [index, path] of ["workflow.onChange", "execution.onList", "presence.onChange"].entries()) {
    socket.subscribe(index, path, capitals);
    expect(await socket.errorCode(index), path).toBe("BAD_REQUEST");
  }
  expect(await app.query(bob, "workflow.get", { workflowId })).toMatchObject({ view: { role: "viewer" } });
});

test("a topic of things with ids knows each by one spelling", () => {
  const topics = parts.flatMap((part) => part.topics ?? []);
  const id = "0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a";
  const ofThings = topics.filter((topic) => topic.id.safeParse(id).success);
  expect(ofThings.map(({ name }) => name)).toContain("access");
  expect(ofThings.filter((topic) => topic.id.safeParse(id.toUpperCase()).success)).toEqual([]);
});

describe("[WS2] an ended session ends its sockets", () => {
  test("signing one device out stops its subscriptions and closes its socket within two seconds; the other device stays", async () => {
    const phone = await app.signUp("ada");
    const laptop = await app.signIn(phone);
    const workflowId = await app.createWorkflow(phone);
    await using lost = await openSocket(other, phone);
    await using kept = await openSocket(other, laptop);
    lost.subscribe(1, "workflow.onChange", { workflowId });
    kept.subscribe(1, "workflow.onChange", { workflowId });
    await Promise.all([lost.started(1), kept.started(1)]);
    const elapsedMs = startWatch();
    await endSession(app.runtime, phone.sessionId);
    expect(await lost.errorCode(1)).toBe("UNAUTHORIZED");
    expect(await lost.closeCode()).toBe(4401);
    expect(elapsedMs()).toBeLessThan(WITHIN_MS);
    await eventually(async () => {
      await renameWorkflow(app.runtime, { workflowId, userId: laptop.userId }, "Still seen");
      return kept.eventTypes(1).length > 0;
    });
    expect(kept.closed.code).toBeNull();
    expect(JSON.stringify(lost.frames)).not.toContain("Still seen");
  });

  test("also when it ends just as the subscription begins", async () => {
    for (let round = 0; round < 10; round++) {
      const ada = await app.signUp("ada");
      const workflowId = await app.createWorkflow(ada);
      await using socket = await openSocket(app, ada);
      socket.subscribe(1, "workflow.onChange", { workflowId });
      if (round % 2 === 0) await socket.started(1);
      await endSession(other.runtime, ada.sessionId);
      expect(await socket.errorCode(1)).toBe("UNAUTHORIZED");
      expect(await socket.closeCode()).toBe(4401);
    }
  });

  test("over HTTP the ended session is nobody at once, on every server", async () => {
    const ada = await app.signUp("ada");
    expect(await other.query(ada, "account.me", null)).toMatchObject({ userId: ada.userId });
    await endSession(app.runtime, ada.sessionId);
    expect(await other.query(ada, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED", reason: "sessionEnded" });
  });
});

test("[SUB4] [WS2] when every NOTIFY is swallowed, a changed password is still heard by sockets and SSE within two seconds, with its reason", async () => {
  await using proxy = await startFaultProxy(database.url);
  await using deaf = await startApp(proxy.url);
  const ada = await app.signUp("ada");
  const laptop = await app.signIn(ada);
  const workflowId = await app.createWorkflow(ada);
  await using socket = await openSocket(deaf, laptop);
  socket.subscribe(1, "workflow.onChange", { workflowId });
  await socket.started(1);
  const input = encodeURIComponent(JSON.stringify({ json: { workflowId } }));
  const stream = await fetch(`${deaf.origin}/api/trpc/workflow.onChange?input=${input}`, {
    headers: { cookie: laptop.cookie, accept: "text/event-stream" },
  });
  const told = stream.text();
  await eventually(async () => {
    await renameWorkflow(app.runtime, { workflowId, userId: ada.userId }, "Heard");
    return socket.eventTypes(1).length > 0;
  });
  proxy.onNotification(() => "drop");
  const elapsedMs = startWatch();
  await app.mutate(ada, "account.changePassword", { current: PASSWORD, password: "a new password" });
  const refused = await socket.frame(1, ({ error }) => error !== undefined);
  expect(refused.error?.json.data).toMatchObject({ code: "UNAUTHORIZED", reason: "passwordChanged" });
  expect(await socket.closeCode()).toBe(4403);
  expect(await told).toContain('"reason":"passwordChanged"');
  expect(elapsedMs()).toBeLessThan(WITHIN_MS);
});

test("[WS3] subscriptions over SSE have as many places as sockets have, and give them back", async () => {
  const [ada, bob] = [await app.signUp("ada"), await app.signUp("bob")];
  const input = { counterId: "shared" };
  await using open = new AsyncDisposableStack();
  const streams = Array.from({ length: socketLimits.socketsPerOwner }, () => open.use(openStream(app, ada, "counter.onChange", input)));
  await Promise.all(streams.map((stream) => stream.opened()));
  await using more = openStream(app, ada, "counter.onChange", input);
  expect(await more.refusal()).toMatchObject({ code: "TOO_MANY_REQUESTS" });
  await using others = openStream(app, bob, "counter.onChange", input);
  await others.opened();
  await streams[0]?.[Symbol.asyncDispose]();
  await eventually(async () => {
    const again = open.use(openStream(app, ada, "counter.onChange", input));
    await eventually(() => again.refused !== null || again.text().includes("event: connected"));
    return again.refused === null;
  });
});
