/** What keeps a process's people where they are: its lease, whatever else it has to do. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { Attendance } from "#realtime/attendance.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { createTab, startPresence } from "../../support/presence.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("[PRS1] a process one of whose connections has died unnoticed keeps its lease by the others", async () => {
  await using database = await createTestDatabase();
  await using one = await startPresence(database, { leaseMs: 3_000 });
  await using other = await startPresence(database);
  const [ada, room] = [createTab(), randomUUID()];
  await ada.join(one, room);
  const { renew } = Attendance.prototype;
  const asked: Attendance[] = [];
  vi.spyOn(Attendance.prototype, "renew").mockImplementation(function (this: Attendance, db) {
    asked.push(this);
    // Each process's first from now on is never answered.
    return asked.indexOf(this) === asked.length - 1 ? new Promise(() => {}) : renew.call(this, db);
  });
  const leases = async () => (await database.sql`select from rt.process where lease_until > now()`).length;
  await eventually(() => expect(asked.length).toBeGreaterThan(30), { timeoutMs: 30_000 });
  expect([await leases(), ada.error]).toEqual([2, null]);
  await createTab().join(other, room);
  await eventually(() => expect(ada.members.size).toBe(2));
  ada.end("left");
});

test("[PRS1] a process that has many people of a killed one to remove loses none of its own meanwhile", async () => {
  const PEOPLE = 150;
  const times = { leaseMs: 3_000 };
  await using database = await createTestDatabase();
  await using one = await startPresence(database, times);
  await using two = await startPresence(database, times);
  const killed = await startPresence(database);
  // As long as a job for each may take: the hundred that are removed at a time together longer than a lease.
  await database.sql.unsafe(`create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(0.04); return new; end $$;
    create trigger wait before insert on edge for each row when (not new.online) execute function wait()`);
  const room = randomUUID();
  const watchers = [createTab(), createTab()] as const;
  await watchers[0].join(one, room);
  await watchers[1].join(two, room);
  const ids = watchers.map(({ tabId }) => tabId).sort();
  await Promise.all(Array.from({ length: PEOPLE }, () => createTab().join(killed, room)));
  for (const watcher of watchers) await eventually(() => expect(watcher.members.size).toBe(PEOPLE + 2), { timeoutMs: 30_000 });
  await killed.kill();
  for (const watcher of watchers) {
    await eventually(() => expect([...watcher.members.keys()].sort()).toEqual(ids), { timeoutMs: 30_000 });
    const left = watcher.updates.flatMap((update) => (update.type === "change" ? update.left : []));
    expect([watcher.error, left.filter((tabId) => ids.includes(tabId))]).toEqual([null, []]);
    expect(left).toHaveLength(PEOPLE);
  }
  for (const watcher of watchers) watcher.end("left");
});
