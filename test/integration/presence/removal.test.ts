/** Whoever loses access is out of the room at once for everybody, also when nobody is connected whom a guard could end. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endSession } from "#features/account/index.ts";
import { whoIsHere } from "#features/presence/index.ts";
import { membersLeft, removeMember, setMember } from "#features/workflow/index.ts";
import { PASSWORD, startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { openTab } from "../../support/rooms.ts";
import { startServerProcess } from "../../support/servers.ts";

/** SUB4's. */
const LIMIT_MS = 2_000;

let database: TestDatabase;
let one: TestApp;
let two: TestApp;
/** Nobody is in any room by it. */
let third: TestApp;
let ada: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  [one, two, third] = await Promise.all([startApp(database.url), startApp(database.url), startApp(database.url)]);
  ada = await one.signUp("ada");
});

afterAll(async () => {
  for (const app of [third, two, one]) await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function shared(): Promise<{ workflowId: string; bob: TestUser }> {
  const bob = await one.signUp("bob");
  const workflowId = await one.createWorkflow(ada);
  await setMember(one.runtime, { workflowId, userId: bob.userId }, "editor");
  return { workflowId, bob };
}

const peopleOn = async (workflowId: string) =>
  ((await whoIsHere(third.runtime.db, [workflowId])).get(workflowId) ?? []).map(({ userId }) => userId);

const losses: Record<string, (bob: TestUser, workflowId: string) => Promise<unknown>> = {
  "was removed": (bob, workflowId) => removeMember(third.runtime, { workflowId, userId: bob.userId }),
  "left the workflow": (bob, workflowId) => third.mutate(bob, "workflow.unshare", { workflowId, userId: bob.userId }),
  "deleted their account": (bob) => third.mutate(bob, "account.deleteAccount", { password: PASSWORD }),
  "was signed out on their last device": (bob) => endSession(third.runtime, bob.sessionId),
};

test.each(Object.entries(losses))("[PRS1] [SUB4] whoever %s while their connection was just lost is gone within 2 s", async (_, lose) => {
  const { workflowId, bob } = await shared();
  await using watcher = openTab(two.origin, ada, workflowId);
  const tabId = randomUUID();
  {
    await using socket = await openSocket(one, bob);
    socket.subscribe(1, "presence.onChange", { workflowId, tabId });
    await eventually(() => expect(watcher.tabs()).toContain(tabId));
  }
  await eventually(() => expect(watcher.room.members.get(tabId)?.away).toBe(true));
  await lose(bob, workflowId);
  expect(await peopleOn(workflowId)).toEqual([ada.userId]);
  await eventually(() => expect(watcher.tabs()).toEqual([watcher.tabId]), { timeoutMs: LIMIT_MS });
});

test("[PRS1] [SUB4] whoever is removed just after their server was killed is gone within 2 s, and nobody else", async () => {
  const { workflowId, bob } = await shared();
  const carl = await one.signUp("carl");
  await setMember(one.runtime, { workflowId, userId: carl.userId }, "viewer");
  await using watcher = openTab(two.origin, ada, workflowId);
  await using server = await startServerProcess(database.url);
  await using lost = openTab(server.origin, bob, workflowId);
  await using other = openTab(server.origin, carl, workflowId);
  const all = [watcher.tabId, lost.tabId, other.tabId].sort();
  await eventually(() => expect(watcher.tabs()).toEqual(all));
  server.process.kill("SIGKILL");
  await removeMember(third.runtime, { workflowId, userId: bob.userId });
  expect((await peopleOn(workflowId)).sort()).toEqual([ada.userId, carl.userId].sort());
  await eventually(() => expect(watcher.tabs()).toEqual([watcher.tabId, other.tabId].sort()), { timeoutMs: LIMIT_MS });
});

test("[PRS1] [SUB4] when a workflow is removed nobody is on it any more, and whoever was is told why", async () => {
  const { workflowId, bob } = await shared();
  await using first = openTab(two.origin, ada, workflowId);
  await using second = openTab(one.origin, bob, workflowId);
  await eventually(() => expect([first.tabs().length, second.tabs().length]).toEqual([2, 2]));
  expect(await third.mutate(ada, "workflow.remove", { workflowId })).not.toMatchObject({ code: expect.anything() });
  expect(await peopleOn(workflowId)).toEqual([]);
  for (const { room } of [first, second]) {
    const refused = { status: "refused", error: { data: { code: "NOT_FOUND", reason: "deleted" } } };
    await eventually(() => expect(room.getState()).toMatchObject(refused), { timeoutMs: LIMIT_MS });
  }
});

test("[PRS1] [SUB4] whoever joins while they are removed is not let in, and told why", async () => {
  const { workflowId, bob } = await shared();
  await using watcher = openTab(two.origin, ada, workflowId);
  await using fourth = await startApp(database.url);
  await eventually(() => expect(watcher.tabs()).toEqual([watcher.tabId]));
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  fourth.runtime.hooks.on(membersLeft, async () => {
    reached.resolve();
    await gate.promise;
  });
  const removal = removeMember(fourth.runtime, { workflowId, userId: bob.userId });
  await reached.promise;
  // Not removed yet, as far as anybody can know.
  await using joining = openTab(one.origin, bob, workflowId);
  await eventually(async () => {
    const waiting = await database.sql`select from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and query like '%rt.online%'`;
    expect(waiting).toHaveLength(1);
  });
  gate.resolve();
  await removal;
  const refused = { status: "refused", error: { data: { code: "NOT_FOUND", reason: "removed" } } };
  await eventually(() => expect(joining.room.getState()).toMatchObject(refused), { timeoutMs: LIMIT_MS });
  expect(await peopleOn(workflowId)).toEqual([ada.userId]);
  expect(watcher.tabs()).toEqual([watcher.tabId]);
});

test("[SUB4] whoever hears of the room before they hear of the removal is told the reason all the same", async () => {
  const { workflowId, bob } = await shared();
  await using proxy = await startFaultProxy(database.url);
  await using deaf = await startApp(proxy.url);
  await using watcher = openTab(two.origin, ada, workflowId);
  await using removed = openTab(deaf.origin, bob, workflowId);
  await eventually(() => expect(removed.tabs()).toHaveLength(2));
  proxy.onNotification(({ payload }) => (payload.startsWith("@presence ") ? "pass" : "drop"));
  const states: unknown[] = [];
  removed.room.listenState(() => states.push(removed.room.getState()));
  await removeMember(third.runtime, { workflowId, userId: bob.userId });
  const refused = { status: "refused", error: { data: { code: "NOT_FOUND", reason: "removed" } } };
  await eventually(() => expect(states).toMatchObject([refused]), { timeoutMs: LIMIT_MS });
  expect(watcher.tabs()).toEqual([watcher.tabId]);
});

test("[PRS1] whoever's permission could not be asked for is not taken for gone, and goes on", async () => {
  const { workflowId, bob } = await shared();
  await using proxy = await startFaultProxy(database.url);
  await using shaky = await startApp(proxy.url);
  await using watcher = openTab(two.origin, ada, workflowId);
  await using tab = openTab(shaky.origin, bob, workflowId);
  await eventually(() => expect(watcher.tabs()).toHaveLength(2));
  const told: string[] = [];
  watcher.room.listenMembers(() => void told.push(watcher.tabs().includes(tab.tabId) ? "here" : "gone"));
  const states: string[] = [];
  tab.room.listenState(() => void states.push(tab.room.getState().status));
  const lost = proxy.loseRequest(/from "session"/i);
  await setMember(third.runtime, { workflowId, userId: bob.userId }, "viewer");
  await lost;
  await eventually(() => expect(states).toEqual(["joining", "here"]));
  await eventually(() => expect(watcher.room.members.get(tab.tabId)?.away).toBe(false));
  expect(told).not.toContain("gone");
});
