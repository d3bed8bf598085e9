/** What people in a room show each other: newest values, which go with their owners. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import fc from "../../support/fast-check.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { createTab, startPresence, type TestPresence, testRoom } from "../../support/presence.ts";

let database: TestDatabase;
let one: TestPresence;
let two: TestPresence;

beforeAll(async () => {
  database = await createTestDatabase();
  one = await startPresence(database);
  two = await startPresence(database);
});

afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const sees = (tab: ReturnType<typeof createTab>) => [...tab.members.keys()].sort();

test("[PRS3] the newest of each slice reaches everybody, also those who come later on another process", async () => {
  const room = randomUUID();
  const [ada, bob, late] = [createTab(), createTab(), createTab()];
  await ada.join(one, room);
  await bob.join(one, room);
  for (let x = 0; x <= 50; x++) await ada.show({ cursor: { x, y: 0 } });
  await ada.show({ note: "hello" });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ cursor: { x: 50, y: 0 }, note: "hello" }));
  expect(bob.updates.length).toBeLessThan(20);
  await late.join(two, room);
  await eventually(() => expect(late.values.get(ada.tabId)).toEqual({ cursor: { x: 50, y: 0 }, note: "hello" }));
  await ada.show({ note: null });
  await eventually(() => expect(late.values.get(ada.tabId)).toEqual({ cursor: { x: 50, y: 0 } }));
  expect(ada.values.has(ada.tabId)).toBe(false);
  for (const tab of [ada, bob, late]) tab.end("left");
});

test("[PRS3] they go with their owner, and a new stay begins without the old one's", async () => {
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await ada.join(one, room);
  await bob.join(two, room);
  await ada.show({ note: "old", cursor: { x: 1, y: 1 } });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "old", cursor: { x: 1, y: 1 } }));
  const reloaded = createTab(ada.userId, ada.tabId);
  await reloaded.join(two, room);
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({}));
  reloaded.end("left");
  await eventually(() => expect(bob.values.has(ada.tabId)).toBe(false));
  bob.end("left");
});

test("[PRS3] whoever asks while another process hears nothing is answered once it does", async () => {
  await using proxy = await startFaultProxy(database.url);
  // Nothing but hearing tells it of bob: it does not look by itself, and what ada shows it keeps, knowing that she is alone.
  await using third = await startPresence(database, { sweepMs: 60_000 }, proxy.url);
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await ada.join(third, room);
  await eventually(() => expect(sees(ada)).toEqual([ada.tabId]));
  await ada.show({ note: "here" });
  proxy.refuse(true);
  proxy.cut();
  await eventually(() => expect(third.engine.realtime.status().connected).toBe(false));
  const frames = () => two.presence.metrics().presence_frames ?? 0;
  const before = frames();
  await bob.join(two, room);
  await bob.show({ note: "too" });
  await eventually(() => expect(frames()).toBeGreaterThan(before));
  expect(bob.values.get(ada.tabId)).toBe(undefined);
  proxy.refuse(false);
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "here" }), { timeoutMs: 10_000 });
  await eventually(() => expect(ada.values.get(bob.tabId)).toEqual({ note: "too" }));
  for (const tab of [ada, bob]) tab.end("left");
});

test("[PRS3] what is shown between hearing that somebody came and reading who it is reaches them", async () => {
  // Silent, and not taken for dead.
  await using third = await startPresence(database, { leaseMs: 60_000 });
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await ada.join(third, room);
  await ada.show({ note: "first" });
  const wake = third.silence();
  await bob.join(two, room);
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "first" }));
  await ada.show({ note: "second" });
  wake();
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "second" }));
  for (const tab of [ada, bob]) tab.end("left");
});

test("[PRS3] what comes twice or late does no harm", async () => {
  await using proxy = await startFaultProxy(database.url);
  await using third = await startPresence(database, {}, proxy.url);
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await ada.join(third, room);
  await bob.join(two, room);
  let n = 0;
  proxy.onNotification(() => (n++ % 2 ? "double" : { delayMs: 100 }));
  for (let x = 0; x <= 30; x++) {
    await bob.show({ cursor: { x, y: 0 } });
    await eventually(() => expect(ada.values.get(bob.tabId)?.cursor).toBeTruthy());
  }
  await bob.show({ note: "last" });
  await eventually(() => expect(ada.values.get(bob.tabId)).toEqual({ cursor: { x: 30, y: 0 }, note: "last" }));
  bob.end("left");
  await eventually(() => expect(sees(ada)).toEqual([ada.tabId]));
  expect(ada.values.has(bob.tabId)).toBe(false);
  ada.end("left");
});

test("[PRS3] what was not set again in time goes by itself, everywhere", async () => {
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await ada.join(one, room);
  await bob.join(two, room);
  await ada.show({ blink: true });
  // By what he was told and not by what he sees just now: it may be over before the test looks.
  await eventually(() => expect(bob.updates.some(({ values }) => values[ada.tabId]?.blink === true)).toBe(true));
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({}));
  for (const tab of [ada, bob]) tab.end("left");
});

test("[PRS3] what a reader cannot see comes once a second, and at once when it looks there", async () => {
  const room = randomUUID();
  const [ada, bob, far] = [createTab(), createTab(), createTab()];
  await ada.join(one, room);
  await bob.join(two, room);
  await far.join(two, room);
  await far.show({ view: { from: 1_000, to: 2_000 } });
  await eventually(() => expect(ada.values.get(far.tabId)).toEqual({ view: { from: 1_000, to: 2_000 } }));
  const began = performance.now();
  const secondsSince = () => (performance.now() - began) / 1_000;
  const cursorUpdates = (tab: typeof far) => tab.updates.filter(({ values }) => Object.hasOwn(values[ada.tabId] ?? {}, "cursor")).length;
  const [farBefore, bobBefore] = [cursorUpdates(far), cursorUpdates(bob)];
  for (let x = 0; secondsSince() < 1.5; x = (x + 1) % 100) {
    await ada.show({ cursor: { x, y: 0 } });
    await eventually(() => true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ada.show({ cursor: { x: 7, y: 0 } });
  await eventually(() => expect(far.values.get(ada.tabId)?.cursor).toEqual({ x: 7, y: 0 }));
  // One at the beginning, and one a second.
  expect(cursorUpdates(far) - farBefore).toBeLessThanOrEqual(1 + Math.ceil(secondsSince()));
  expect(cursorUpdates(bob) - bobBefore).toBeGreaterThan(4);
  await ada.show({ cursor: { x: 8, y: 0 } });
  await far.show({ view: { from: 0, to: 10 } });
  await eventually(() => expect(far.values.get(ada.tabId)?.cursor).toEqual({ x: 8, y: 0 }), { timeoutMs: 600 });
  for (const tab of [ada, bob, far]) tab.end("left");
});

test("[PRS3] only the owner sets them, newer calls win, and everything else is refused by name", async () => {
  const room = randomUUID();
  const ada = createTab();
  await ada.join(one, room);
  const by = (who: { userId?: string; tabId?: string | null; count?: number | null }, values: unknown) =>
    one.presence.set(testRoom, room, { userId: ada.userId, tabId: ada.tabId, via: null, count: null, ...who }, values);
  await expect(by({ userId: randomUUID() }, { note: "x" })).rejects.toMatchObject({ code: "INVALID_VALUE" });
  await expect(by({ tabId: randomUUID() }, { note: "x" })).rejects.toMatchObject({ code: "INVALID_VALUE" });
  await expect(by({ tabId: null }, { note: "x" })).rejects.toMatchObject({ code: "INVALID_VALUE" });
  await expect(by({}, { note: "x".repeat(7_001) })).rejects.toMatchObject({ code: "EVENT_TOO_LARGE" });
  await by({ count: 100 }, { note: "new" });
  await by({ count: 99 }, { note: "old" });
  const bob = createTab();
  await bob.join(one, room);
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "new" }));
  for (const tab of [ada, bob]) tab.end("left");
});

test("[PRS3] what a superseded connection still says is not taken for the newer one's", async () => {
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await bob.join(two, room);
  await ada.join(one, room);
  const old = { userId: ada.userId, tabId: ada.tabId, via: {}, count: 5_000 };
  // A copy of the tab, which counts from the beginning.
  const copy = createTab(ada.userId, ada.tabId);
  await copy.join(one, room);
  await expect(one.presence.set(testRoom, room, old, { note: "old" })).rejects.toMatchObject({ code: "INVALID_VALUE" });
  await copy.show({ note: "new" });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "new" }));
  for (const tab of [copy, bob]) tab.end("left");
});

test("[PRS3] no input gets through that its slice does not allow, and none does harm", async () => {
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await ada.join(one, room);
  await bob.join(two, room);
  const who = { userId: ada.userId, tabId: ada.tabId, via: null, count: null };
  const key = fc.oneof(fc.constantFrom("cursor", "note", "blink", "view", "__proto__", "constructor"), fc.string());
  const anything = fc.oneof(fc.anything(), fc.dictionary(key, fc.anything()), fc.dictionary(key, fc.string()));
  await fc.assert(
    fc.asyncProperty(anything, async (values) => {
      try {
        await one.presence.set(testRoom, room, who, values);
        expect(Object.keys(values as object).every((slice) => Object.hasOwn(testRoom.slices, slice))).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/INVALID_VALUE|EVENT_TOO_LARGE/) });
      }
    }),
    { numRuns: 500 },
  );
  await ada.show({ note: "still here", cursor: null, blink: null, view: null });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "still here" }));
  for (const tab of [ada, bob]) tab.end("left");
});

test("[PRS3] what a superseded stay showed, and comes late, is not shown", async () => {
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await ada.join(one, room);
  await bob.join(two, room);
  const { epoch = 0 } = ada.visit ?? {};
  await ada.join(one, room);
  await ada.show({ note: "new" });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "new" }));
  const frame = JSON.stringify([[`test:${room}`, ada.tabId, epoch, "note", "old"]]);
  await database.sql`select pg_notify('rt', ${`@presence ${randomUUID()}${frame}`})`;
  await ada.show({ cursor: { x: 1, y: 1 } });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "new", cursor: { x: 1, y: 1 } }));
  for (const tab of [ada, bob]) tab.end("left");
});

test("[PRS3] foreign frames on the channel do no harm", async () => {
  const room = randomUUID();
  const [ada, bob] = [createTab(), createTab()];
  await ada.join(one, room);
  await bob.join(two, room);
  const frames = [
    "",
    "[",
    "{}",
    "null",
    "[[]]",
    "[1]",
    `[["test:${room}"]]`,
    `[["test:${room}","x",1,"nothing",1]]`,
    `[["test:${room}","?","?"]]`,
  ];
  for (const frame of frames) await database.sql`select pg_notify('rt', ${`@presence ${randomUUID()}${frame}`})`;
  await ada.show({ note: "fine" });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "fine" }));
  expect(sees(bob)).toHaveLength(2);
  for (const tab of [ada, bob]) tab.end("left");
});

test("[PRS3] a room whose name would not fit into a frame is refused, and holds up nobody", async () => {
  const room = randomUUID();
  const [ada, bob, eve] = [createTab(), createTab(), createTab()];
  await ada.join(one, room);
  await bob.join(two, room);
  for (const id of ["x".repeat(129), "x".repeat(8_000), "", "über"])
    await expect(eve.join(one, id)).rejects.toMatchObject({ code: "INVALID_TOPIC" });
  await eve.join(one, "x".repeat(128));
  // The longest that there can be.
  await eve.show({ note: "y".repeat(6_998) });
  await ada.show({ note: "after" });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "after" }));
  const late = createTab();
  await late.join(two, "x".repeat(128));
  await eventually(() => expect(late.values.get(eve.tabId)).toEqual({ note: "y".repeat(6_998) }));
  for (const tab of [ada, bob, eve, late]) tab.end("left");
});

test("alone in a room nothing is sent", async () => {
  // One of its own: nobody who has just left another room is announced by it.
  await using alone = await startPresence(database);
  const room = randomUUID();
  const [ada, twin] = [createTab(), createTab()];
  // Each join is announced.
  for (const tab of [ada, twin]) {
    const frames = alone.presence.metrics().presence_frames ?? 0;
    await tab.join(alone, room);
    await eventually(() => expect(alone.presence.metrics().presence_frames).toBeGreaterThan(frames));
  }
  const before = alone.presence.metrics().presence_frames;
  for (let x = 0; x < 50; x++) await ada.show({ cursor: { x, y: 0 } });
  await eventually(() => expect(twin.values.get(ada.tabId)?.cursor).toEqual({ x: 49, y: 0 }));
  expect(alone.presence.metrics().presence_frames).toBe(before);
  for (const tab of [ada, twin]) tab.end("left");
});
