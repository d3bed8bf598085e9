import { sql } from "drizzle-orm";
import postgres from "postgres";
import { expect, test } from "vitest";
import { APPEND_BATCH_SQL, CLOSE_BATCH_SQL } from "#realtime/append.ts";
import { RealtimeError } from "#realtime/index.ts";
import { createTestDatabase } from "../../support/database.ts";
import { noteTopic, record, seqOf, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";

const added = (n: number) => ({ type: "added" as const, data: { n } });

test("[LOG5] a fenced writer writes nothing, in a batch or in a transaction, and others are not harmed", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await database.sql`create table thing (n int)`;
  const { realtime, db } = engine;
  await realtime.transaction(db, (tx) => tx.raiseFence(noteTopic, "a", 1));
  await realtime.publish(noteTopic, "a", added(1), { fence: 1 });
  await realtime.transaction(db, (tx) => tx.raiseFence(noteTopic, "a", 2));

  const results = await Promise.allSettled([
    realtime.publish(noteTopic, "a", added(99), { fence: 1 }),
    realtime.publish(noteTopic, "a", added(2), { fence: 2 }),
    realtime.publish(noteTopic, "b", added(1)),
    realtime.publish(noteTopic, "a", added(98), { fence: 1 }),
  ]);
  expect(results.map((result) => (result.status === "fulfilled" ? "stored" : (result.reason as RealtimeError).code))).toEqual([
    "FENCED",
    "stored",
    "stored",
    "FENCED",
  ]);
  const transaction = realtime.transaction(db, async (tx) => {
    await tx.execute(sql`insert into thing values (1)`);
    tx.publish(noteTopic, "a", added(97), { fence: 1 });
  });
  await expect(transaction).rejects.toMatchObject({ code: "FENCED" });
  expect(await database.sql`select * from thing`).toHaveLength(0);
  await using seen = record(engine, noteTopic, "a");
  await eventually(() => expect(seen.ns).toEqual([1, 2]));
});

test("[LOG6] a batch whose COMMIT reply is lost is neither lost nor doubled", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url);
  await using seen = record(engine, noteTopic, "a");
  await engine.add("a", 1);
  for (const round of upTo(5)) {
    const lost = proxy.loseReply(/guard as materialized/);
    const first = (round - 1) * 10 + 2;
    const positions = await Promise.all(upTo(10).map((n) => engine.add("a", first + n - 1)));
    await lost;
    expect(positions.map(seqOf)).toEqual(upTo(10).map((n) => first + n - 1));
  }
  await eventually(() => expect(seen.ns).toEqual(upTo(51)));
  expect((await database.sql`select count(*)::int as n from rt.event`)[0]?.n).toBe(51);
});

test("[LOG6] a batch whose reply is lost, and then the reply to what became of it, is neither lost nor doubled", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url);
  await engine.add("a", 1);
  for (const [round, batchIs] of [proxy.loseReply, proxy.loseRequest, proxy.loseReply, proxy.loseRequest].entries()) {
    const lost = batchIs(/guard as materialized/);
    const lostAgain = proxy.loseReply(/insert into rt.publisher/);
    const positions = Promise.all([engine.add("a", round), engine.add("b", round)]);
    await Promise.all([lost, lostAgain]);
    expect((await positions).map(seqOf)).toEqual([round + 2, round + 1]);
  }
  expect((await database.sql`select count(*)::int as n from rt.event`)[0]?.n).toBe(9);
});

test("[LOG6] a batch that is still under way when it is asked for cannot be written behind the answer", async () => {
  await using database = await createTestDatabase();
  const client = postgres(database.url, { max: 3, onnotice: () => {} });
  const insert = () => client.unsafe(APPEND_BATCH_SQL, [rows, "p", 2, "10000"]);
  const rows = JSON.stringify([["note:a", "added", "{}", null, null]]);
  await database.sql`insert into rt.publisher (id, batch) values ('p', 1)`;
  const close = () => client.unsafe(CLOSE_BATCH_SQL, ["p", 2]);
  // It arrives late: the number was closed empty, and stays so.
  expect((await close())[0]?.places).toBe(null);
  expect((await insert())[0]).toMatchObject({ open: false, places: null });
  expect((await close())[0]?.places).toBe(null);
  expect(await database.sql`select 1 from rt.event`).toHaveLength(0);
  // It is waiting for a stream: closing waits for it, and then knows where it went.
  await database.sql`update rt.publisher set batch = 1`;
  await database.sql`insert into rt.stream (stream, head) values ('note:a', 0)`;
  const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: holding, resolve: holds } = Promise.withResolvers<void>();
  const holder = client.begin(async (tx) => {
    await tx`select 1 from rt.stream for update`;
    holds();
    await release;
  });
  await holding;
  const inserting = insert();
  inserting.catch(() => {});
  const waits = async (many: number) =>
    expect(await database.sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).toHaveLength(
      many,
    );
  await eventually(() => waits(1));
  const closing = close();
  closing.catch(() => {});
  await eventually(() => waits(2));
  letGo();
  await holder;
  const [written] = await inserting;
  expect(written?.open).toBe(true);
  expect((await closing)[0]?.places).toBe(written?.places);
  await client.end();
});

test("[LOG6] a batch that never reached the server is sent again", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url);
  const never = proxy.loseRequest(/guard as materialized/);
  expect(seqOf(await engine.add("a", 1))).toBe(1);
  await never;
  expect((await database.sql`select count(*)::int as n from rt.event`)[0]?.n).toBe(1);
});

test("[LOG6] a lost reply followed by a held stream still writes once", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url, { limits: { lockTimeoutMs: 100 } });
  await engine.add("held", 1);
  const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: holding, resolve: holds } = Promise.withResolvers<void>();
  const holder = engine.realtime.transaction(engine.db, async (tx) => {
    await tx.lock(noteTopic, "held");
    holds();
    await release;
  });
  await holding;
  const lost = proxy.loseRequest(/guard as materialized/);
  const both = Promise.all([engine.add("held", 2), engine.add("free", 1)]);
  await lost;
  await eventually(async () => expect((await database.sql`select 1 from rt.event where stream = 'note:free'`).length).toBe(1));
  letGo();
  await holder;
  expect((await both).map(seqOf)).toEqual([2, 1]);
  expect((await database.sql`select count(*)::int as n from rt.event`)[0]?.n).toBe(3);
});

test("[LOG6] a full queue refuses at once, and what was accepted is stored", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { maxQueuedEvents: 50 } });
  const results = await Promise.allSettled(upTo(80).map((n) => engine.add("a", n)));
  const refused = results.filter((result) => result.status === "rejected");
  expect(refused).toHaveLength(30);
  for (const result of refused) expect(result.reason).toBeInstanceOf(RealtimeError);
  expect((await database.sql`select count(*)::int as n from rt.event`)[0]?.n).toBe(50);
});

test("bad input is refused at publish with a typed error, and nothing is queued", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  // What a caller without types could send.
  const publish = (event: unknown, id = "a") => engine.realtime.publish(noteTopic, id, event as never);
  await expect(publish({ type: "added", data: { n: "one" } })).rejects.toMatchObject({ code: "INVALID_EVENT" });
  await expect(publish({ type: "toString", data: {} })).rejects.toMatchObject({ code: "INVALID_EVENT" });
  await expect(publish(added(1), "no spaces")).rejects.toMatchObject({ code: "INVALID_TOPIC" });
  expect(await database.sql`select * from rt.event`).toHaveLength(0);
});
