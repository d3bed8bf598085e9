/** People who are taken out of a room, however they are in it, and also while they come in. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { createTab, startPresence, type TestPresence, type TestTab } from "../../support/presence.ts";

/** So long that nothing which goes in time goes by itself. */
const SLOW = { leaseMs: 60_000, graceMs: 30_000, sweepMs: 60_000 };
/** SUB4's. */
const LIMIT_MS = 2_000;

let database: TestDatabase;
let one: TestPresence;
let two: TestPresence;
/** Nobody is anywhere by it. */
let remover: TestPresence;

beforeAll(async () => {
  database = await createTestDatabase();
  one = await startPresence(database, SLOW);
  two = await startPresence(database, SLOW);
  remover = await startPresence(database, SLOW);
});

afterAll(async () => {
  for (const each of [remover, two, one]) await each[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const sees = (tab: TestTab) => [...tab.members.keys()].sort();
const roomsOf = async (userId: string) =>
  (await database.sql<{ room: string }[]>`select room from rt.session where user_id = ${userId} order by room`).map(({ room }) => room);
const edgesOf = async (userId: string) =>
  (await database.sql<{ online: boolean }[]>`select online from edge where user_id = ${userId} order by n`).map(({ online }) => online);
const isWaiting = async () =>
  (await database.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length > 0;

const states = {
  "is there": async (tab: TestTab, _at: TestPresence) => tab,
  "is away": async (tab: TestTab, _at: TestPresence) => tab.end("away"),
  "was on a process that was just killed": async (_tab: TestTab, at: TestPresence) => at.kill(),
};

test.each(Object.entries(states))("[PRS1] whoever is turned out, and %s, is gone for everybody at once", async (_, happen) => {
  const room = randomUUID();
  await using third = await startPresence(database, SLOW);
  const [watcher, other, ada] = [createTab(), createTab(), createTab()];
  const [second, elsewhere] = [createTab(ada.userId), createTab(ada.userId)];
  await watcher.join(two, room);
  await other.join(third, room);
  await ada.join(third, room);
  await second.join(third, room);
  await elsewhere.join(one, randomUUID());
  await eventually(() => expect(sees(watcher)).toHaveLength(4));
  await happen(ada, third);
  await remover.turnOut([ada.userId], room);
  expect(await roomsOf(ada.userId)).toHaveLength(2); // in no room, and elsewhere
  await eventually(() => expect(sees(watcher)).toEqual([watcher.tabId, other.tabId].sort()), { timeoutMs: LIMIT_MS });
  if (third.alive) {
    await eventually(() => expect(second.error).toMatchObject({ code: "CLOSED" }));
    expect([other.error, elsewhere.error]).toEqual([null, null]);
  }
  // The late close of what is gone brings nothing back.
  for (const tab of [ada, second]) tab.end("away");
  other.end("left");
  elsewhere.end("left");
  await eventually(async () => expect(await roomsOf(ada.userId)).toEqual([""]));
  // Another change, so that nothing told before it is still on its way.
  const last = createTab();
  await last.join(one, room);
  await eventually(() => expect(sees(watcher)).toContain(last.tabId));
  expect(sees(watcher).filter((tabId) => [ada.tabId, second.tabId].includes(tabId))).toEqual([]);
  for (const tab of [watcher, last]) tab.end("left");
});

test("[PRS2] whoever is turned out of all rooms goes offline once, after the grace, unless they come to another one", async () => {
  await using quick = await startPresence(database, { graceMs: 600 });
  const [gone, back] = [createTab(), createTab()];
  for (const tab of [gone, back]) {
    await tab.join(one, randomUUID());
    await createTab(tab.userId).join(two, randomUUID());
  }
  await quick.turnOut([gone.userId, back.userId], null);
  expect(await roomsOf(gone.userId)).toEqual([""]);
  expect(await quick.presence.online([gone.userId])).toEqual([gone.userId]);
  await back.join(two, randomUUID());
  await eventually(async () => expect(await edgesOf(gone.userId)).toEqual([true, false]));
  expect(await edgesOf(back.userId)).toEqual([true]);
  back.end("left");
});

// Somebody who was never anywhere has no row yet that could be locked.
test.each(["was never anywhere", "is elsewhere"])(
  "[PRS1] whoever %s and is just being let in when they are turned out is let in, and out",
  async (before) => {
    const [watcher, room] = [createTab(), randomUUID()];
    await watcher.join(one, room);
    const ada = createTab();
    const elsewhere = createTab(ada.userId);
    if (before === "is elsewhere") await elsewhere.join(one, randomUUID());
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const joining = ada.join(two, room, async () => {
      asked.resolve();
      await gate.promise;
    });
    await asked.promise;
    const removal = remover.turnOut([ada.userId], room);
    await eventually(async () => expect(await isWaiting()).toBe(true));
    gate.resolve();
    await removal;
    expect(await roomsOf(ada.userId)).not.toContain(`test:${room}`);
    await joining;
    await eventually(() => expect(ada.error).toMatchObject({ code: "CLOSED" }));
    await eventually(() => expect(sees(watcher)).toEqual([watcher.tabId]));
    for (const tab of [watcher, elsewhere]) tab.end("left");
  },
);

test("[PRS1] whoever comes while they are being turned out is asked only when that is done", async () => {
  const room = randomUUID();
  const ada = createTab();
  await database.sql`create table if not exists forbidden (user_id uuid)`;
  const admit: Parameters<TestTab["join"]>[2] = async (tx) => {
    const found = await tx.execute(`select from forbidden where user_id = '${ada.userId}'`);
    if (found.length > 0) throw new Error("forbidden");
  };
  let refusal: Promise<unknown> = Promise.resolve();
  await remover.turnOut([ada.userId], room, {
    before: (tx) => tx.execute(`insert into forbidden values ('${ada.userId}')`),
    after: async () => {
      refusal = ada.join(two, room, admit).catch((error: unknown) => error);
      await eventually(async () => expect(await isWaiting()).toBe(true));
    },
  });
  expect(String(await refusal)).toContain("forbidden");
  expect(await roomsOf(ada.userId)).toEqual([]);
  expect(await edgesOf(ada.userId)).toEqual([]);
  await ada.join(two, randomUUID(), async () => {});
  expect(await edgesOf(ada.userId)).toEqual([true]);
  ada.end("left");
});

test("[PRS1] nothing happens to anybody when the transaction is rolled back", async () => {
  const room = randomUUID();
  const [watcher, ada] = [createTab(), createTab()];
  await watcher.join(one, room);
  await ada.join(two, room);
  await eventually(() => expect(sees(watcher)).toHaveLength(2));
  const after = () => Promise.reject(new Error("rolled back"));
  await expect(remover.turnOut([ada.userId], room, { after })).rejects.toThrow("rolled back");
  expect(await roomsOf(ada.userId)).toEqual([`test:${room}`]);
  await ada.show({ note: "still here" });
  await eventually(() => expect(watcher.values.get(ada.tabId)).toEqual({ note: "still here" }));
  expect(ada.error).toBe(null);
  for (const tab of [watcher, ada]) tab.end("left");
});

test("[PRS1] people are turned out of processes that are closing, and neither waits for the other in a circle", async () => {
  const users = Array.from({ length: 3 }, () => randomUUID());
  const room = randomUUID();
  for (let times = 0; times < 10; times++) {
    const closing = await startPresence(database, SLOW);
    const tabs = Array.from({ length: 30 }, (_, index) => createTab(users[index % users.length]));
    await Promise.all(tabs.map((tab) => tab.join(closing, room)));
    await Promise.all([closing[Symbol.asyncDispose](), one.turnOut(users, room), remover.turnOut([...users].reverse(), null)]);
    for (const userId of users) expect(await roomsOf(userId)).toEqual([""]);
    expect(closing.engine.warnings).toEqual([]);
  }
  const [row] = await database.sql<[{ deadlocks: string }]>`select deadlocks from pg_stat_database where datname = current_database()`;
  expect(row.deadlocks).toBe("0");
});
