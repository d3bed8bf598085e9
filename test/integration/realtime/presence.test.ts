/** Rooms, one by one: who is in them, and what becomes of them when something goes. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { createTab, startPresence, type TestPresence } from "../../support/presence.ts";

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

const edgesOf = async (userId: string) =>
  (await database.sql<{ online: boolean }[]>`select online from edge where user_id = ${userId} order by n`).map(({ online }) => online);

const sees = (tab: ReturnType<typeof createTab>) => [...tab.members.keys()].sort();

describe("a room", () => {
  test("[PRS1] everyone in it is seen by everyone, on both processes, and is gone when they leave", async () => {
    const [ada, bob] = [createTab(), createTab()];
    const room = randomUUID();
    await ada.join(one, room);
    await bob.join(two, room);
    const both = [ada.tabId, bob.tabId].sort();
    await eventually(() => expect([sees(ada), sees(bob)]).toEqual([both, both]));
    expect(bob.members.get(ada.tabId)).toMatchObject({ userId: ada.userId, name: "Ada", color: "blue", device: "Test", away: false });
    bob.end("left");
    await eventually(() => expect(sees(ada)).toEqual([ada.tabId]));
    ada.end("left");
    await eventually(async () => expect(await edgesOf(bob.userId)).toEqual([true, false]));
  });

  test("[PRS1] a lost connection is away first, and nobody leaves when it comes back in time", async () => {
    const [ada, bob] = [createTab(), createTab()];
    const room = randomUUID();
    // So that he comes back in time however long the test takes to do it.
    await using patient = await startPresence(database, { graceMs: 60_000 });
    await ada.join(one, room);
    await bob.join(patient, room);
    await eventually(() => expect(sees(ada)).toHaveLength(2));
    const visit = bob.visit;
    bob.end("away");
    await eventually(() => expect(ada.members.get(bob.tabId)?.away).toBe(true));
    await bob.join(one, room);
    await eventually(() => expect(ada.members.get(bob.tabId)?.away).toBe(false));
    // The close of the superseded connection comes late, and changes nothing.
    visit?.end("left");
    expect(ada.updates.flatMap((update) => (update.type === "change" ? update.left : []))).toEqual([]);
    bob.end("away");
    await eventually(() => expect(sees(ada)).toEqual([ada.tabId]));
    expect(await edgesOf(bob.userId)).toEqual([true, false]);
    ada.end("left");
  });

  test("[PRS1] the people of a killed process go, and the others are told", async () => {
    const third = await startPresence(database);
    const watcher = createTab();
    const people = Array.from({ length: 10 }, () => createTab());
    const room = randomUUID();
    await watcher.join(one, room);
    for (const person of people) await person.join(third, room);
    await eventually(() => expect(sees(watcher)).toHaveLength(11));
    await third.kill();
    await eventually(() => expect(sees(watcher)).toEqual([watcher.tabId]));
    for (const person of people) await eventually(async () => expect(await edgesOf(person.userId)).toEqual([true, false]));
    watcher.end("left");
  });

  test("[PRS2] a user with several tabs comes online once and goes offline once", async () => {
    const userId = randomUUID();
    const tabs = Array.from({ length: 8 }, () => createTab(userId));
    await Promise.all(tabs.map((tab, index) => tab.join(index % 2 ? one : two, `room-${index % 3}`)));
    expect(await edgesOf(userId)).toEqual([true]);
    expect(await one.presence.online([userId, randomUUID()])).toEqual([userId]);
    for (const tab of tabs) tab.end(tab === tabs[0] ? "away" : "left");
    await eventually(async () => expect(await edgesOf(userId)).toEqual([true, false]));
    expect(await one.presence.online([userId])).toEqual([]);
  });

  test("[PRS2] whoever goes from one room to the next does not go offline in between, and does once they are in none", async () => {
    const ada = createTab();
    await using patient = await startPresence(database, { graceMs: 60_000 });
    for (let times = 0; times < 5; times++) {
      await ada.join(patient, randomUUID());
      ada.end("left");
      await eventually(async () => {
        const rooms = await database.sql<{ room: string }[]>`select room from rt.session where user_id = ${ada.userId}`;
        expect(rooms).toEqual([{ room: "" }]);
      });
      expect(await two.presence.online([ada.userId])).toEqual([ada.userId]);
    }
    expect(await edgesOf(ada.userId)).toEqual([true]);
    await ada.join(one, randomUUID());
    ada.end("left");
    await eventually(async () => expect(await edgesOf(ada.userId)).toEqual([true, false]));
    expect(await database.sql`select from rt.session where user_id = ${ada.userId}`).toHaveLength(0);
  });

  test("[PRS2] whoever joins while their process loses its lease and takes it again comes online all the same", async () => {
    const leases = async () => (await database.sql<{ id: string }[]>`select id from rt.process`).map(({ id }) => id);
    const before = await leases();
    // It renews nothing by itself, and keeps what it has until the test takes it away.
    await using third = await startPresence(database, { renewMs: 60_000, leaseMs: 60_000 });
    const [own = ""] = (await leases()).filter((id) => !before.includes(id));
    const ada = createTab();
    const isWaiting = () => database.sql`select from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and query like '%rt.online%'`;
    let joined: Promise<unknown> = Promise.resolve();
    await database.sql.begin(async (tx) => {
      await tx`delete from rt.process where id = ${own}`;
      joined = ada.join(third, randomUUID());
      await eventually(async () => expect(await isWaiting()).not.toHaveLength(0));
      await tx`insert into rt.process (id, lease_until) values (${own}, now() + interval '10 s')`;
    });
    await joined;
    expect(await edgesOf(ada.userId)).toEqual([true]);
    ada.end("left");
    await eventually(async () => expect(await edgesOf(ada.userId)).toEqual([true, false]));
  });

  test("[PRS2] an edge whose job cannot be stored does not happen", async () => {
    const userId = randomUUID();
    const tab = createTab(userId);
    await database.sql.unsafe(`alter table edge add constraint "no_${userId}" check (user_id <> '${userId}')`);
    await expect(tab.join(one, "nobody")).rejects.toThrow();
    expect(await one.presence.online([userId])).toEqual([]);
    await database.sql.unsafe(`alter table edge drop constraint "no_${userId}"`);
    await tab.join(one, "nobody");
    expect(await edgesOf(userId)).toEqual([true]);
    tab.end("left");
  });

  test("a second connection of the same tab ends the first, whichever process has it", async () => {
    const room = randomUUID();
    const [first, second] = [createTab(), createTab()];
    const twin = createTab(first.userId, first.tabId);
    await first.join(one, room);
    await second.join(one, room);
    await twin.join(two, room);
    await eventually(() => expect(first.error).toMatchObject({ code: "SUPERSEDED" }));
    await eventually(() => expect(sees(second)).toEqual([first.tabId, second.tabId].sort()));
    const thief = createTab(randomUUID(), first.tabId);
    await expect(thief.join(one, room)).rejects.toMatchObject({ code: "SUPERSEDED" });
    expect(await edgesOf(thief.userId)).toEqual([]);
    for (const tab of [second, twin]) tab.end("left");
  });

  test("[PRS1] [PRS3] people of a process that was taken for dead are told to join again, unless they have gone elsewhere", async () => {
    const third = await startPresence(database);
    const room = randomUUID();
    const [ada, bob, watcher] = [createTab(), createTab(), createTab()];
    await watcher.join(one, room);
    await ada.join(third, room);
    await bob.join(third, room);
    await ada.show({ note: "still here" });
    await eventually(() => expect(watcher.values.get(ada.tabId)).toEqual({ note: "still here" }));
    const wake = third.silence();
    await eventually(() => expect(sees(watcher)).toEqual([watcher.tabId]));
    const moved = createTab(bob.userId, bob.tabId);
    await moved.join(two, room);
    wake();
    await eventually(() => expect(ada.error).toMatchObject({ code: "CLOSED" }));
    await eventually(() => expect(bob.error).toMatchObject({ code: "SUPERSEDED" }));
    await ada.join(third, room);
    for (const tab of [ada, moved, watcher])
      await eventually(() => expect(sees(tab)).toEqual([ada.tabId, bob.tabId, watcher.tabId].sort()));
    await eventually(() => expect(watcher.values.get(ada.tabId)).toEqual({ note: "still here" }));
    expect([moved.error, await edgesOf(ada.userId)]).toEqual([null, [true, false, true]]);
    for (const tab of [ada, moved, watcher]) tab.end("left");
    await third[Symbol.asyncDispose]();
  });

  test("[PRS1] whoever alone was removed, while their process kept its lease, is told to join again", async () => {
    const room = randomUUID();
    const [ada, bob] = [createTab(), createTab()];
    await ada.join(one, room);
    await bob.join(one, room);
    // What is left by a cleaner that has done a part of its work when the process comes back.
    await database.sql`delete from rt.session where tab_id = ${ada.tabId}`;
    await eventually(() => expect(ada.error).toMatchObject({ code: "CLOSED" }));
    expect(bob.error).toBe(null);
    await ada.join(one, room);
    await eventually(() => expect(sees(bob)).toHaveLength(2));
    for (const tab of [ada, bob]) tab.end("left");
  });

  test("[PRS1] whoever was let in without learning of it, or could not be let out at once, is gone all the same", async () => {
    await using proxy = await startFaultProxy(database.url);
    // So long that the watcher sees him in between, however busy the machine is.
    await using third = await startPresence({ ...database, url: proxy.url }, { graceMs: 2_000 });
    const room = randomUUID();
    const [watcher, ada, bob] = [createTab(), createTab(), createTab()];
    await watcher.join(one, room);
    await ada.join(third, room);
    const unanswered = proxy.loseReply(/^commit/i);
    await expect(bob.join(third, room)).rejects.toThrow();
    await unanswered;
    await eventually(() => expect(sees(watcher)).toHaveLength(3));
    await eventually(() => expect(sees(watcher)).toEqual([watcher.tabId, ada.tabId].sort()));
    expect(ada.error).toBe(null);
    const unheard = proxy.loseRequest(/delete from rt.session/i);
    ada.end("left");
    await unheard;
    await eventually(() => expect(sees(watcher)).toEqual([watcher.tabId]));
    // A leave stays one.
    const here = watcher.updates.flatMap((update) => (update.type === "change" ? update.here : []));
    expect(here.filter(({ tabId, away }) => away && tabId === ada.tabId)).toEqual([]);
    watcher.end("left");
  });

  test("closing ends visits with CLOSED and leaves the people away", async () => {
    const third = await startPresence(database, { graceMs: 60_000 });
    const room = randomUUID();
    const [watcher, ada] = [createTab(), createTab()];
    await watcher.join(one, room);
    await ada.join(third, room);
    await eventually(() => expect(sees(watcher)).toHaveLength(2));
    await third[Symbol.asyncDispose]();
    expect(ada.error).toMatchObject({ code: "CLOSED" });
    await eventually(() => expect(watcher.members.get(ada.tabId)?.away).toBe(true));
    await ada.join(two, room);
    await eventually(() => expect(watcher.members.get(ada.tabId)?.away).toBe(false));
    for (const tab of [watcher, ada]) tab.end("left");
  });
});

test("[PRS1] five hundred tabs that come back at once are all there, once", async () => {
  // How long a thousand joins take is the machine's affair; here they come back in time.
  const patience = { graceMs: 60_000, leaseMs: 60_000 };
  await using even = await startPresence(database, patience);
  await using odd = await startPresence(database, patience);
  const room = randomUUID();
  const tabs = Array.from({ length: 500 }, () => createTab());
  await Promise.all(tabs.map((tab, index) => tab.join(index % 2 ? odd : even, `${room}-${index % 20}`)));
  for (const tab of tabs) tab.end("away");
  await Promise.all(tabs.map((tab, index) => tab.join(index % 2 ? even : odd, `${room}-${index % 20}`)));
  for (const tab of tabs) await eventually(() => expect(sees(tab)).toHaveLength(25), { timeoutMs: 30_000 });
  const [{ off }] = await database.sql<[{ off: number }]>`select count(*)::int as off from edge where not online and user_id in
    ${database.sql(tabs.map(({ userId }) => userId))}`;
  expect(off).toBe(0);
  for (const tab of tabs) tab.end("left");
});

test("[PRS1] [PRS2] coming and going reads no more rows, however many others are here or once were", async () => {
  await using crowded = await createTestDatabase();
  await using alone = await startPresence(crowded);
  const { sql } = crowded;
  const OTHERS = 20_000;
  const processId = randomUUID();
  await sql`insert into rt.process (id, lease_until) values (${processId}, now() + interval '1 hour')`;
  await sql`with people as materialized (select n, gen_random_uuid() as id from generate_series(1, ${OTHERS}) n),
      online as (insert into rt.online (user_id, online) select id, true from people)
    insert into rt.session (room, tab_id, process_id, user_id, name, color, device)
      select 'test:' || n / 3, id, ${processId}, id, '', '', '' from people`;
  await sql`analyze rt.online, rt.session`;
  const reads = async () => {
    const [row] = await sql<[{ whole: number; lookups: number }]>`select sum(seq_tup_read)::int as whole, sum(idx_scan)::int as lookups
      from pg_stat_user_tables where schemaname = 'rt' and relname in ('online', 'session')`;
    return row;
  };
  const before = await reads();
  const tabs = Array.from({ length: 20 }, () => createTab());
  for (const tab of tabs) await tab.join(alone, "one-room");
  for (const tab of tabs) tab.end(tab === tabs[0] ? "away" : "left");
  await eventually(async () => expect(await alone.presence.online(tabs.map(({ userId }) => userId))).toEqual([]));
  // The server counts with a delay.
  await eventually(async () => expect((await reads()).lookups - before.lookups).toBeGreaterThan(100), { timeoutMs: 30_000 });
  expect((await reads()).whole - before.whole).toBeLessThan(OTHERS);
});
