/** Being on a workflow, as pages are: over real sockets and HTTP, on two servers. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_SHOWN_NODES, type Shown } from "#features/presence/events.ts";
import { whoIsHere } from "#features/presence/index.ts";
import { introduce } from "#features/presence/service.ts";
import { removeMember, setMember } from "#features/workflow/index.ts";
import { userOffline, userOnline, workEdges } from "#server/online.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import fc from "../../support/fast-check.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { openTab } from "../../support/rooms.ts";
import { startWatch } from "../../support/stopwatch.ts";

let database: TestDatabase;
let one: TestApp;
let two: TestApp;
let ada: TestUser;
let bob: TestUser;
let stranger: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  one = await startApp(database.url, { role: "all" });
  two = await startApp(database.url);
  [ada, bob, stranger] = await Promise.all([one.signUp("ada"), one.signUp("bob"), one.signUp("eve")]);
});

afterAll(async () => {
  await two[Symbol.asyncDispose]();
  await one[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function shared(): Promise<string> {
  const workflowId = await one.createWorkflow(ada);
  await setMember(one.runtime, { workflowId, userId: bob.userId }, "viewer");
  return workflowId;
}

const cursorOf = (tab: ReturnType<typeof openTab>, tabId: string) => tab.room.values(tabId).cursor;

test("[PRS1] [PRS3] two people on two servers see each other come, point, and go", async () => {
  const workflowId = await shared();
  await using first = openTab(one.origin, ada, workflowId);
  await using second = openTab(two.origin, bob, workflowId);
  const both = [first.tabId, second.tabId].sort();
  await eventually(() => expect([first.tabs(), second.tabs()]).toEqual([both, both]));
  const member = second.room.members.get(first.tabId);
  expect(member).toMatchObject({ userId: ada.userId, name: "ada", away: false });
  expect(member?.joinedAt).toBeInstanceOf(Date);
  first.room.set({ cursor: { x: 1, y: 2 }, selection: ["start"] });
  await eventually(() => expect(second.room.values(first.tabId)).toEqual({ cursor: { x: 1, y: 2 }, selection: ["start"] }));
  first.room.set({ cursor: null });
  await eventually(() => expect(cursorOf(second, first.tabId)).toBe(null));
  first.leave();
  // At once, and not after a grace: the socket lives.
  await eventually(() => expect(second.tabs()).toEqual([second.tabId]), { timeoutMs: 2_000 });
  expect(second.room.values(first.tabId)).toEqual({});
});

test("[PRS3] whoever was alone shows what they did meanwhile once somebody comes", async () => {
  const workflowId = await shared();
  await using first = openTab(one.origin, ada, workflowId);
  await eventually(() => expect(first.room.getState().status).toBe("here"));
  for (let x = 0; x <= 10; x++) first.room.set({ cursor: { x, y: 0 }, status: "idle" });
  await using second = openTab(two.origin, bob, workflowId);
  await eventually(() => expect(second.room.values(first.tabId)).toEqual({ cursor: { x: 10, y: 0 }, status: "idle" }));
});

test("whoever comes as their account is deleted is told so", async () => {
  const deleted = { userId: ada.userId, sessionId: randomUUID() };
  await expect(introduce(one.runtime, deleted, await shared())).rejects.toMatchObject({ code: "UNAUTHORIZED", reason: "accountDeleted" });
});

test("[PRS1] a lost socket is away, and the same tab when it comes back", async () => {
  const workflowId = await shared();
  await using watcher = openTab(one.origin, ada, workflowId);
  const tabId = randomUUID();
  const told: string[] = [];
  {
    await using socket = await openSocket(two, bob);
    socket.subscribe(1, "presence.onChange", { workflowId, tabId });
    await eventually(() => expect(watcher.tabs()).toContain(tabId));
    watcher.room.listenMembers(() => void told.push(watcher.tabs().includes(tabId) ? "here" : "gone"));
  }
  await eventually(() => expect(watcher.room.members.get(tabId)?.away).toBe(true));
  await using again = await openSocket(one, bob);
  again.subscribe(1, "presence.onChange", { workflowId, tabId });
  await eventually(() => expect(watcher.room.members.get(tabId)?.away).toBe(false));
  expect(told).not.toContain("gone");
});

test("a copied tab with the same id becomes another tab, and both stay", async () => {
  const workflowId = await shared();
  await using first = openTab(one.origin, ada, workflowId);
  await eventually(() => expect(first.room.getState().status).toBe("here"));
  const tabId = first.tabId;
  await using copy = await openSocket(two, ada);
  copy.subscribe(1, "presence.onChange", { workflowId, tabId });
  await eventually(() => {
    expect(first.tabId).not.toBe(tabId);
    expect(first.tabs()).toEqual([first.tabId, tabId].sort());
  });
});

test("[SUB4] [PRS1] a removed member is out of the room within 2 s on both sides, with the reason", async () => {
  const workflowId = await shared();
  await using watcher = openTab(one.origin, ada, workflowId);
  await using removed = openTab(two.origin, bob, workflowId);
  await eventually(() => expect(watcher.tabs()).toHaveLength(2));
  await removeMember(one.runtime, { workflowId, userId: bob.userId });
  await eventually(
    () => {
      expect(watcher.tabs()).toEqual([watcher.tabId]);
      expect(removed.room.getState()).toMatchObject({ status: "refused", error: { data: { code: "NOT_FOUND", reason: "removed" } } });
      expect(removed.tabs()).toEqual([]);
    },
    { timeoutMs: 2_000 },
  );
  await using socket = await openSocket(two, bob);
  socket.send({
    id: 1,
    method: "mutation",
    params: { path: "presence.set", input: { json: { workflowId, tabId: removed.tabId, cursor: { x: 1, y: 1 } } } },
  });
  expect(await socket.errorCode(1)).toBe("BAD_REQUEST");
});

test("[SUB4] strangers neither join nor show nor learn who is there", async () => {
  const workflowId = await shared();
  await using tab = openTab(one.origin, ada, workflowId);
  await eventually(() => expect(tab.room.getState().status).toBe("here"));
  await using refused = openTab(two.origin, stranger, workflowId);
  await eventually(() => expect(refused.room.getState()).toMatchObject({ status: "refused", error: { data: { code: "NOT_FOUND" } } }));
  await using signedOut = await openSocket(two);
  signedOut.subscribe(1, "presence.onChange", { workflowId });
  expect(await signedOut.errorCode(1)).toBe("UNAUTHORIZED");
  expect(await two.mutate(stranger, "presence.set", { workflowId, tabId: tab.tabId, status: "idle" })).toMatchObject({ code: "NOT_FOUND" });
  expect(await two.query(stranger, "presence.here", { workflowIds: [workflowId] })).toEqual({});
  expect(await two.query(stranger, "presence.online", { userIds: [ada.userId, stranger.userId] })).toEqual({ userIds: [] });
  // Of one's own workflow, but somebody else's tab.
  expect(await two.mutate(bob, "presence.set", { workflowId, tabId: tab.tabId, status: "idle" })).toMatchObject({ code: "BAD_REQUEST" });
});

test("who is on which workflow, and who is online, by a query", async () => {
  const workflowId = await shared();
  const empty = await shared();
  await using _tab = openTab(one.origin, ada, workflowId);
  await using _second = openTab(two.origin, ada, workflowId);
  await eventually(async () => {
    const people = [{ userId: ada.userId, name: "ada", color: expect.any(String) }];
    expect(await two.query(bob, "presence.here", { workflowIds: [workflowId, empty] })).toEqual({ [workflowId]: people, [empty]: [] });
    expect(await whoIsHere(one.runtime.db, [workflowId])).toEqual(new Map([[workflowId, people]]));
    expect(await two.query(bob, "presence.online", { userIds: [ada.userId] })).toEqual({ userIds: [ada.userId] });
  });
});

test("nobody on a workflow looks like somebody else there while there are colours left, and everybody keeps theirs", async () => {
  const workflowId = await shared();
  const carl = await one.signUp("carla");
  await setMember(one.runtime, { workflowId, userId: carl.userId }, "viewer");
  await database.sql`update "user" set color = 'blue' where id in ${database.sql([ada.userId, bob.userId, carl.userId])}`;
  await using first = openTab(one.origin, ada, workflowId);
  await eventually(() => expect(first.tabs()).toHaveLength(1));
  const second = openTab(two.origin, bob, workflowId);
  await eventually(() => expect(first.tabs()).toHaveLength(2));
  await using third = openTab(one.origin, carl, workflowId);
  await eventually(() => expect(first.tabs()).toHaveLength(3));
  const colors = () => new Map([...first.room.members.values()].map(({ userId, color }) => [userId, color]));
  const before = colors();
  expect(before.get(ada.userId)).toBe("blue");
  expect(new Set(before.values()).size).toBe(3);
  // Another tab of theirs, and whoever stays when others go.
  await using again = openTab(two.origin, carl, workflowId);
  await eventually(() => expect(first.tabs()).toHaveLength(4));
  expect(first.room.members.get(again.tabId)?.color).toBe(before.get(carl.userId));
  second.leave();
  await eventually(() => expect(first.tabs()).toHaveLength(3));
  expect(third.room.members.get(third.tabId)?.color).toBe(before.get(carl.userId));
  const here = (await whoIsHere(two.runtime.db, [workflowId])).get(workflowId);
  expect(here?.map(({ userId, color }) => [userId, color])).toEqual([ada, carl].map(({ userId }) => [userId, before.get(userId)]));
  await second[Symbol.asyncDispose]();
});

test("[PRS3] without a socket five calls a second are taken, and the next is refused by name", async () => {
  const workflowId = await shared();
  await using tab = openTab(one.origin, ada, workflowId);
  await using watcher = openTab(two.origin, bob, workflowId);
  await eventually(() => expect(watcher.tabs()).toHaveLength(2));
  // By the other server than the one that the tab is joined by.
  const show = (x: number) => two.mutate(ada, "presence.set", { workflowId, tabId: tab.tabId, cursor: { x, y: 0 } });
  const since = performance.now();
  /** Five at once, and one more every fifth of a second: so many the server may have taken by now, however long they were on their way. */
  const most = () => 5 + Math.floor((performance.now() - since) / 200);
  const answers = await Promise.all(Array.from({ length: 40 }, (_, x) => show(x)));
  const refused = answers.filter((answer) => answer !== undefined && answer !== null);
  let taken = answers.length - refused.length;
  expect(taken).toBeGreaterThanOrEqual(5);
  expect(taken).toBeLessThanOrEqual(most());
  expect(refused[0]).toMatchObject({ code: "TOO_MANY_REQUESTS", details: { perSecond: 5 } });
  await eventually(() => expect(cursorOf(watcher, tab.tabId)).toBeTruthy());
  // Whoever goes on calling too often still gets five of them through.
  const [elapsedMs, before] = [startWatch(), taken];
  let asked = 0;
  while (elapsedMs() < 2_000) if (!(await show(++asked))) taken += 1;
  expect(taken - before).toBeGreaterThanOrEqual(Math.min(asked, 7));
  expect(taken).toBeLessThanOrEqual(most());
});

test("[PRS3] values that a slice does not allow are refused by name, and no input does harm", async () => {
  const workflowId = await shared();
  await using socket = await openSocket(one, ada);
  socket.subscribe(1, "presence.onChange", { workflowId });
  await socket.started(1);
  await using watcher = openTab(two.origin, bob, workflowId);
  await eventually(() => expect(watcher.tabs()).toHaveLength(2));
  let id = 1;
  const set = async (values: object) => {
    id += 1;
    const asked = id;
    socket.send({ id: asked, method: "mutation", params: { path: "presence.set", input: { json: { ...values, workflowId } } } });
    const answer = await socket.frame(asked, () => true);
    return answer.error?.json.data.code ?? "taken";
  };
  expect(await set({ cursor: { x: 1, y: 2 } })).toBe("taken");
  const wrong: object[] = [
    { cursor: { x: "1", y: 2 } },
    { cursor: { x: 1e9, y: 2 } },
    { nothing: 1 },
    { selection: Array.from({ length: MAX_SHOWN_NODES + 1 }, () => "a") },
    { selection: ["x".repeat(65)] },
    { viewport: { x: 0, y: 0, width: -1, height: 1 } },
    { following: "not-a-tab" },
    { typing: false },
    { n: -1 },
  ];
  for (const values of wrong) expect(await set(values), JSON.stringify(values)).toBe("BAD_REQUEST");
  // The largest that is allowed fits into a frame.
  expect(await set({ selection: Array.from({ length: MAX_SHOWN_NODES }, (_, n) => String(n).padStart(64, "n")) })).toBe("taken");
  const slice = fc.constantFrom("cursor", "selection", "viewport", "drag", "editing", "typing", "status", "following", "__proto__", "x");
  await fc.assert(
    fc.asyncProperty(fc.dictionary(slice, fc.jsonValue({ maxDepth: 3 })), async (values) => {
      expect(["taken", "BAD_REQUEST", "PAYLOAD_TOO_LARGE"]).toContain(await set(values));
    }),
    { numRuns: 150 },
  );
  const last: Shown = { cursor: { x: 3, y: 4 } };
  expect(await set(last)).toBe("taken");
  const [tabId = ""] = watcher.tabs().filter((each) => each !== watcher.tabId);
  await eventually(() => expect(cursorOf(watcher, tabId)).toEqual(last.cursor));
});

test("[PRS2] somebody's coming online and going offline runs what was registered for it, once", async () => {
  const person = await one.signUp("carl");
  const heard: string[] = [];
  for (const app of [one, two]) {
    app.runtime.hooks.on(userOnline, async (userId) => void heard.push(`${userId} online`));
    app.runtime.hooks.on(userOffline, async (userId) => void heard.push(`${userId} offline`));
  }
  const worker = await workEdges(one.runtime);
  try {
    const [first, second] = await Promise.all([one.createWorkflow(person), one.createWorkflow(person)]);
    await using tab = openTab(one.origin, person, first);
    await using other = openTab(two.origin, person, second);
    await eventually(() => expect([tab.tabs().length, other.tabs().length]).toEqual([1, 1]));
    tab.leave();
    other.leave();
    const ofPerson = () => heard.filter((line) => line.startsWith(person.userId)).sort();
    // Somebody who goes on to another workflow would be back by now.
    await eventually(() => expect(ofPerson()).toEqual([`${person.userId} offline`, `${person.userId} online`]), { timeoutMs: 15_000 });
  } finally {
    await worker?.stop();
  }
});
