/** What goes wrong outside (databases that vanish or fall silent) and in the callers' own code, and must stay small. */
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { createTestDatabase } from "../../support/database.ts";
import { newsTopic, noteTopic, record, seqOf, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startWatch } from "../../support/stopwatch.ts";

const added = (n: number) => ({ type: "added" as const, data: { n } });

test("[LOG6] through connections that fell silent a publish is a TIMEOUT in time, and new ones take their place", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using writer = await startEngine(database.url);
  const limits = { answerMs: 200, heartbeatMs: 200, publishTimeoutMs: 500 };
  await using engine = await startEngine(proxy.url, { limits });
  await using seen = record(engine, noteTopic, "a");
  await engine.add("a", 1);
  await eventually(() => expect(seen.ns).toEqual([1]));
  proxy.pause();
  const elapsedMs = startWatch();
  await expect(engine.add("a", 99)).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(elapsedMs()).toBeLessThan(4_000);
  await eventually(() => expect(engine.realtime.status().connected).toBe(false));
  await writer.add("b", 1);
  proxy.resume();
  const { position } = await writer.realtime.publish(noteTopic, "a", added(2));
  await eventually(() => expect(seen.last).toBe(position));
  expect(seen.ns.filter((n) => n !== 99)).toEqual([1, 2]);
  await eventually(() => engine.add("a", 3).catch(() => false));
  await eventually(() => expect(engine.realtime.status().connected).toBe(true));
});

test("[LOG6] what waits behind batches that get no answer is a TIMEOUT in time, too", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url, { limits: { answerMs: 200, publishTimeoutMs: 500 } });
  await engine.add("a", 1);
  proxy.pause();
  const elapsedMs = startWatch();
  // So large that each is a batch of its own.
  const large = { type: "stamped" as const, data: { on: new Date(0), tags: new Map([["x".repeat(200 * 1024), 1n]]) } };
  const waiting = await Promise.allSettled(upTo(20).map(() => engine.realtime.publish(noteTopic, "a", large)));
  expect(elapsedMs()).toBeLessThan(4_000);
  for (const result of waiting) expect(result).toMatchObject({ reason: { code: "TIMEOUT" } });
  proxy.resume();
  await eventually(() => engine.add("a", 2).catch(() => false));
});

test("[LOG6] close ends in seconds while the database is away, and every publisher gets an answer", async () => {
  for (const fault of ["refuse", "pause"] as const) {
    await using database = await createTestDatabase();
    await using proxy = await startFaultProxy(database.url);
    await using engine = await startEngine(proxy.url, { limits: { closeTimeoutMs: 300 } });
    await using seen = record(engine, noteTopic, "a");
    await engine.add("a", 1);
    await eventually(() => expect(seen.ns).toEqual([1]));
    if (fault === "pause") proxy.pause();
    else proxy.refuse(true);
    if (fault === "refuse") proxy.cut();
    const waiting = Promise.allSettled(upTo(3).map((n) => engine.add("a", n)));
    const elapsedMs = startWatch();
    await Promise.all([engine.realtime.close(), engine.realtime.close()]);
    expect(elapsedMs()).toBeLessThan(3_000);
    for (const result of await waiting) expect(result).toMatchObject({ reason: { code: "TIMEOUT" } });
    await eventually(() => expect(seen.error).toMatchObject({ code: "CLOSED" }));
    proxy.resume();
  }
});

test("[LOG6] after an outage the late are refused, and those who came later are stored", async () => {
  await using database = await createTestDatabase();
  const proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url, { limits: { publishTimeoutMs: 600 } });
  await engine.add("a", 1);
  await proxy[Symbol.asyncDispose]();
  const first = engine.add("a", 2).catch((error: unknown) => error);
  const start = performance.now();
  const early = engine.add("b", 1).catch((error: unknown) => error);
  await eventually(() => expect(performance.now() - start).toBeGreaterThan(400));
  const lateStart = performance.now();
  const late = engine.add("b", 2).catch((error: unknown) => error);
  expect(await first).toMatchObject({ code: "TIMEOUT" });
  expect(await early).toMatchObject({ code: "TIMEOUT" });
  expect(await late).toMatchObject({ code: "TIMEOUT" });
  expect(performance.now() - lateStart).toBeGreaterThan(590);
});

test("[BUS3] as soon as the database is back so is the engine, however long it was away", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url);
  await engine.add("a", 1);
  proxy.refuse(true);
  proxy.cut();
  const waiting = engine.add("a", 2);
  await eventually(() => expect(engine.realtime.metrics().listens).toBeGreaterThan(6), { timeoutMs: 15_000 });
  proxy.refuse(false);
  const elapsedMs = startWatch();
  await waiting;
  expect(elapsedMs()).toBeLessThan(3_000);
});

test("[BUS3] a connection that dies while it waits for its echo does not make the next one deaf", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  let firstMs = 0;
  let dying: Promise<unknown> = Promise.resolve();
  proxy.onNotification(() => {
    if (firstMs === 0) {
      firstMs = performance.now();
      dying = database.killBackends(({ application }) => application === "heliograph-listen");
      return "drop";
    }
    // It arrives just after the first connection's patience has ended, and before the second's has.
    return { delayMs: Math.max(0, firstMs + 2_015 - performance.now()) };
  });
  await using engine = await startEngine(proxy.url, { limits: { answerMs: 2_000 } });
  await dying;
  await eventually(() => expect(engine.realtime.status().mode).toBe("listen"));
  expect(engine.warnings.filter((warning) => warning.includes("DIRECT_URL"))).toEqual([]);
});

test("[BUS3] a handler that throws takes neither the listener nor other handlers with it", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  let woken = 0;
  let missed = 0;
  engine.realtime.onSignal("jobs", () => {
    throw new Error("mine");
  });
  engine.realtime.onSignal("jobs", (text) => (text === null ? missed++ : woken++));
  engine.realtime.signal("jobs");
  expect(woken).toBe(1);
  await eventually(() => expect(woken).toBe(2)); // by way of the database
  await database.killBackends(({ application }) => application === "heliograph-listen");
  await eventually(() => expect(missed).toBeGreaterThan(0));
  await eventually(() => expect(engine.realtime.status().mode).toBe("listen"));
  expect(() => engine.realtime.signal("x".repeat(9_000))).toThrowError(expect.objectContaining({ code: "INVALID_TOPIC" }));
});

test("[BUS1] what cannot be read is not asked for again at once, and reported once, however many wait for it", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { sweepStreamsPerSecond: 4 } });
  await using seen = record(engine, noteTopic, "a");
  const abort = new AbortController();
  const others = upTo(20).map((n) => `other${n}`);
  for (const id of others) void engine.realtime.subscribe(noteTopic, id, { signal: abort.signal }).next();
  const position = await engine.add("a", 1);
  await eventually(() => expect(seen.ns).toEqual([1]));
  await database.sql`alter table rt.event rename to elsewhere`;
  const epoch = position.slice(0, position.indexOf("."));
  await database.sql`select pg_notify('rt', ${JSON.stringify({ stream: "note:a", epoch, first: 2, last: 2 })})`;
  await eventually(() => expect(engine.warnings.length).toBeGreaterThan(0));
  for (let round = 0; round < 50; round++) await database.sql`select 1`;
  expect(engine.warnings.filter((warning) => warning.includes("Could not read")).length).toBeLessThan(5);
  await database.sql`alter table rt.elsewhere rename to event`;
  abort.abort();
  await engine.add("a", 2);
  await eventually(() => expect(seen.ns).toEqual([1, 2]));
});

test("[LOG1] what is published when the transaction has ended is refused, and never handed out", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await using seen = record(engine, noteTopic, "a");
  await engine.add("a", 1);
  await eventually(() => expect(seen.ns).toEqual([1]));
  let late: Promise<unknown> = Promise.resolve();
  let later = () => {};
  await engine.realtime.transaction(engine.db, async (tx) => {
    tx.publish(noteTopic, "a", added(2));
    late = tx.execute(sql`select 1`).then(() => tx.publish(noteTopic, "a", added(98)));
    late.catch(() => {});
    later = () => tx.publish(noteTopic, "a", added(99));
  });
  await expect(late).rejects.toThrowError(TypeError);
  expect(later).toThrowError(TypeError);
  await engine.add("a", 3);
  await eventually(() => expect(seen.ns).toEqual([1, 2, 3]));
});

test("[LOG1] what is published when the transaction or the savepoint was rolled back is refused as well", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  const late: (() => void)[] = [];
  const fail = async (tx: RealtimeTransaction, n: number) => {
    late.push(() => tx.publish(noteTopic, "a", added(n)));
    throw new Error("mine");
  };
  await expect(engine.realtime.transaction(engine.db, (tx) => fail(tx, 98))).rejects.toThrow("mine");
  await engine.realtime.transaction(engine.db, async (tx) => {
    await expect(tx.transaction((savepoint) => fail(savepoint, 99))).rejects.toThrow("mine");
    tx.publish(noteTopic, "a", added(1));
  });
  expect(late).toHaveLength(2);
  for (const publish of late) expect(publish).toThrowError(TypeError);
});

test("[LOG1] an effect after the commit that throws does not make the transaction look failed", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  const effects: string[] = [];
  await engine.realtime.transaction(engine.db, async (tx) => {
    tx.publish(noteTopic, "a", added(1));
    tx.afterCommit(() => {
      throw new Error("mine");
    });
    tx.afterCommit(() => effects.push("second"));
  });
  expect(effects).toEqual(["second"]);
});

test("[LOG4] one statement trims a bounded number of rows, whatever order they lie in", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await engine.add("old", 1);
  await database.sql`insert into rt.event (stream, seq, type, data, at)
    select 'note:old', n, 'added', '{}', now() - interval '2 hours' from generate_series(12000, 2, -1) n`;
  await database.sql`update rt.event set at = now() - interval '2 hours' where seq = 1`;
  await database.sql`update rt.stream set head = 12000`;
  await database.sql`create table trimmed (n int)`;
  await database.sql`create function count_trimmed() returns trigger language plpgsql as $$ begin
    insert into trimmed select count(*) from gone; return null; end $$`;
  await database.sql`create trigger t after delete on rt.event referencing old table as gone for each statement execute function count_trimmed()`;
  await engine.realtime.trim();
  const statements = await database.sql<{ n: number }[]>`select n from trimmed where n > 0`;
  expect(statements.reduce((sum, { n }) => sum + n, 0)).toBe(12_000);
  expect(Math.max(...statements.map(({ n }) => n))).toBeLessThanOrEqual(5_000);
});

test("[LOG5] a fence that is no claim number is refused instead of being taken for none", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await engine.realtime.transaction(engine.db, (tx) => tx.raiseFence(noteTopic, "a", 3));
  for (const fence of [0, -1, 1.5, Number.NaN]) {
    await expect(engine.realtime.publish(noteTopic, "a", added(1), { fence })).rejects.toMatchObject({ code: "INVALID_EVENT" });
  }
});

test("[SUB3] a subscription that is never read, given back early or broken by its reader leaves nothing behind", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, {
    onUnknownEvent: () => {
      throw new Error("mine");
    },
  });
  const streams = () => engine.realtime.metrics().streams;
  const unread = upTo(100).map((n) => engine.realtime.subscribe(noteTopic, `n${n}`));
  expect(streams()).toBe(0);
  const given = engine.realtime.subscribe(noteTopic, "given");
  await given.return?.();
  expect(await given.next()).toEqual({ done: true, value: undefined });
  await engine.add("a", 1);
  await database.sql`update rt.event set type = 'inventedLater'`;
  await expect(engine.realtime.subscribe(noteTopic, "a").next()).rejects.toThrow("mine");
  const reading = engine.realtime.subscribe(newsTopic, "b");
  const pending = reading.next();
  await eventually(() => expect(streams()).toBe(1));
  await reading.return?.();
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(streams()).toBe(0);
  await engine.realtime.close();
  await expect(unread[0]?.next()).rejects.toMatchObject({ code: "CLOSED" });
});

test("[SUB3] an abort while the first page is being read ends the subscription at once", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url);
  proxy.pause();
  const abort = new AbortController();
  const pending = engine.realtime.subscribe(noteTopic, "a", { signal: abort.signal }).next();
  await eventually(() => expect(engine.realtime.metrics().streams).toBe(1));
  abort.abort();
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(engine.realtime.metrics().streams).toBe(0);
  proxy.resume();
  expect(seqOf(await engine.add("a", 1))).toBe(1);
});
