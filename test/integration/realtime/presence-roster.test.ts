/** What a reader is told of who is there, however the reading of it and the coming and going fall together. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { Attendance } from "#realtime/attendance.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { createTab, startPresence, testRoom } from "../../support/presence.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("[PRS1] whoever joins is told the room, however much comes and goes in it", async () => {
  await using database = await createTestDatabase();
  await using one = await startPresence(database);
  const [ada, room] = [createTab(), randomUUID()];
  let heard = () => {};
  one.engine.realtime.onSignal("presence", () => heard());
  // Each time the roster has been read there is news already.
  const { roster } = Attendance.prototype;
  vi.spyOn(Attendance.prototype, "roster").mockImplementation(async function (this: Attendance, rooms) {
    const present = await roster.call(this, rooms);
    const news = new Promise<void>((resolve) => {
      heard = resolve;
    });
    await database.sql`select pg_notify('rt', ${`@presence ${randomUUID()}[["test:${room}"]]`})`;
    await news;
    return present;
  });
  await ada.join(one, room);
  await eventually(() => expect([...ada.members.keys()]).toEqual([ada.tabId]));
  vi.restoreAllMocks();
  ada.end("left");
});

test("[PRS1] a reading that never comes back holds nobody up for long", async () => {
  await using database = await createTestDatabase();
  await using one = await startPresence(database);
  const [ada, room] = [createTab(), randomUUID()];
  const roster = vi.spyOn(Attendance.prototype, "roster").mockReturnValueOnce(new Promise(() => {}));
  await ada.join(one, room);
  await eventually(() => expect([...ada.members.keys()]).toEqual([ada.tabId]), { timeoutMs: 20_000 });
  expect(roster.mock.calls.length).toBeGreaterThan(1);
  ada.end("left");
});

test("[PRS3] whoever went and came again between two readings shows nothing of what they showed before", async () => {
  await using database = await createTestDatabase();
  await using one = await startPresence(database);
  // Silent, and not taken for dead.
  await using two = await startPresence(database, { leaseMs: 60_000 });
  const [ada, bob, room] = [createTab(), createTab(), randomUUID()];
  await ada.join(one, room);
  await bob.join(two, room);
  await ada.show({ note: "old" });
  await eventually(() => expect(bob.values.get(ada.tabId)).toEqual({ note: "old" }));
  const wake = two.silence();
  ada.end("left");
  await eventually(async () => expect(await database.sql`select from rt.session where tab_id = ${ada.tabId}`).toHaveLength(0));
  const who = { tabId: ada.tabId, userId: ada.userId, name: "Ada", color: "blue", device: "Test" };
  const visit = await one.presence.join(testRoom, room, who);
  wake();
  await eventually(() => expect(bob.updates.some((update) => update.type === "change" && update.left.includes(ada.tabId))).toBe(true));
  await eventually(() => expect(bob.members.has(ada.tabId)).toBe(true));
  expect(bob.values.get(ada.tabId) ?? {}).toEqual({});
  visit.end("left");
  bob.end("left");
});
