/** Stays that are over while the database cannot be told, or of which nobody knows whether they have begun. */
import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { Attendance } from "#realtime/attendance.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { createTab, startPresence } from "../../support/presence.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("[PRS1] who leaves waits for nobody's answer, each is asked about once at a time, and all are gone when the database is back", async () => {
  const TABS = 20;
  await using database = await createTestDatabase();
  await using one = await startPresence(database);
  const [room, tabs, late] = [randomUUID(), Array.from({ length: TABS }, () => createTab()), createTab()];
  for (const tab of [...tabs, late]) await tab.join(one, room);
  const asked: PromiseWithResolvers<boolean>[] = [];
  const leave = vi.spyOn(Attendance.prototype, "leave").mockImplementation(() => {
    const question = Promise.withResolvers<boolean>();
    asked.push(question);
    return question.promise;
  });
  for (const tab of tabs) tab.end("left");
  await eventually(() => expect(asked).toHaveLength(TABS));
  // One has failed and is asked about again, the others wait for a connection.
  asked[0]?.reject(new Error("no database"));
  const renew = vi.spyOn(Attendance.prototype, "renew");
  await eventually(() => expect(renew.mock.calls.length).toBeGreaterThan(3));
  const wereAsked = asked.length;
  leave.mockRestore();
  late.end("left");
  const present = async () => (await database.sql`select from rt.session where room <> ''`).length;
  await eventually(async () => expect(await present()).toBe(TABS));
  for (const { reject } of asked) reject(new Error("no database"));
  expect(wereAsked).toBe(TABS + 1);
  await eventually(async () => expect(await present()).toBe(0));
});

test("[PRS1] whoever was let in only after their join had failed is gone all the same", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using one = await startPresence({ ...database, url: proxy.url });
  const [bob, room] = [createTab(), randomUUID()];
  const { sql } = database;
  // His commit takes as long as the test holds this lock.
  await sql.unsafe(`create function hold() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(1); return new; end $$;
    create constraint trigger hold after insert on rt.session deferrable initially deferred for each row execute function hold()`);
  const isCommitting = () => sql`select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
  const lease = async () => JSON.stringify(await sql`select lease_until from rt.process`);
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(1)`;
    const failure = bob.join(one, room).catch((error: unknown) => error);
    await eventually(async () => expect(await isCommitting()).toHaveLength(1));
    proxy.cut();
    expect(await failure).toBeInstanceOf(Error);
    for (let times = 0; times < 3; times++) {
      const before = await lease();
      await eventually(async () => expect(await lease()).not.toBe(before));
    }
  });
  await eventually(async () => expect(await isCommitting()).toHaveLength(0));
  await eventually(async () => expect(await sql`select from rt.session`).toHaveLength(0));
  // He was there.
  expect((await sql`select online from edge order by n`).map(({ online }) => online)).toEqual([true, false]);
});
