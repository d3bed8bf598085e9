import { sql } from "drizzle-orm";
import postgres from "postgres";
import { expect, test } from "vitest";
import { APPEND_BATCH_SQL, CLOSE_BATCH_SQL } from "#realtime/append.ts";
import { RealtimeError, type RealtimeTransaction } from "#realtime/index.ts";
import { createTestDatabase } from "../../support/database.ts";
import { newsTopic, noteTopic, record, seqOf, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { seededRandom } from "../../support/random.ts";

const added = (n: number) => ({ type: "added" as const, data: { n } });

test("[LOG1] an event exists exactly when the change it describes committed", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await database.sql`create table thing (n int)`;
  await using seen = record(engine, noteTopic, "a");

  await engine.realtime.transaction(engine.db, async (tx) => {
    await tx.execute(sql`insert into thing values (1)`);
    tx.publish(noteTopic, "a", added(1));
  });
  const failing = engine.realtime.transaction(engine.db, async (tx) => {
    await tx.execute(sql`insert into thing values (2)`);
    tx.publish(noteTopic, "a", added(2));
    throw new Error("changed my mind");
  });
  await expect(failing).rejects.toThrow("changed my mind");
  await engine.realtime.transaction(engine.db, async (tx) => {
    await tx.execute(sql`insert into thing values (3)`);
    tx.publish(noteTopic, "a", added(3));
  });

  await eventually(() => expect(seen.ns).toEqual([1, 3]));
  expect(seen.seqs).toEqual([1, 2]);
  expect((await database.sql`select n from thing order by n`).map((row) => row.n)).toEqual([1, 3]);
});

test("[LOG1] a rolled-back savepoint takes its events with it, a released one keeps them in place", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  const effects: string[] = [];
  await engine.realtime.transaction(engine.db, async (tx) => {
    tx.publish(noteTopic, "a", added(1));
    await tx.transaction(async (inner) => inner.publish(noteTopic, "a", added(2)));
    await tx
      .transaction(async (inner) => {
        inner.publish(noteTopic, "a", added(99));
        inner.afterCommit(() => effects.push("never"));
        await inner.transaction(async (deeper) => deeper.publish(noteTopic, "a", added(98)));
        throw new Error("no");
      })
      .catch(() => undefined);
    tx.publish(noteTopic, "a", added(3));
    tx.afterCommit(() => effects.push("committed"));
  });
  await using seen = record(engine, noteTopic, "a");
  await eventually(() => expect(seen.ns).toEqual([1, 2, 3]));
  expect(effects).toEqual(["committed"]);
});

test("[LOG1] while a savepoint is open only it may publish: what is done beside it is rolled back with it", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await database.sql`create table thing (n int)`;
  await engine.realtime.transaction(engine.db, async (tx) => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const first = tx.transaction(async (inner) => {
      await inner.execute(sql`insert into thing values (1)`);
      release();
      await inner.execute(sql`select 1`);
      throw new Error("no");
    });
    first.catch(() => {});
    await released;
    const write = async (within: RealtimeTransaction, n: number) => {
      await within.execute(sql`insert into thing values (${n})`);
      within.publish(noteTopic, "a", added(n));
    };
    await expect(tx.transaction((second) => write(second, 2))).rejects.toThrow("savepoint");
    await expect(write(tx, 3)).rejects.toThrow("savepoint");
    await expect(first).rejects.toThrow("no");
    await tx.transaction((inner) => write(inner, 4));
    await write(tx, 5);
  });
  const things = await database.sql`select n from thing order by n`;
  const events = await database.sql`select (data::json->'data'->>'n')::int as n from rt.event order by seq`;
  expect([things.map(({ n }) => n), events.map(({ n }) => n)]).toEqual([
    [4, 5],
    [4, 5],
  ]);
});

test("[LOG1] nothing is handed out before COMMIT", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await using seen = record(engine, noteTopic, "a");
  await engine.realtime.transaction(engine.db, async (tx) => {
    tx.publish(noteTopic, "a", added(1));
    await tx.execute(sql`select 1`);
    expect(seen.deliveries).toEqual([]);
  });
  await eventually(() => expect(seen.ns).toEqual([1]));
});

test("[LOG2] concurrent writers on one hot and many other streams leave no gap and never deadlock", async () => {
  await using database = await createTestDatabase();
  await using one = await startEngine(database.url);
  await using two = await startEngine(database.url);
  const random = seededRandom();
  const ids = ["hot", ...upTo(40).map((n) => `cold-${n}`)];
  const counts = new Map<string, number>();
  const count = (id: string) => counts.set(id, (counts.get(id) ?? 0) + 1);

  const writer = async (engine: typeof one) => {
    for (let round = 0; round < 40; round++) {
      const some = random.shuffle(ids).slice(0, random.int(1, 8));
      if (!some.includes("hot")) some.push("hot");
      if (random.chance(0.5)) {
        await engine.realtime.transaction(engine.db, async (tx) => {
          for (const id of some) tx.publish(noteTopic, id, added(round));
        });
      } else {
        await Promise.all(some.map((id) => engine.add(id, round)));
      }
      some.forEach(count);
    }
  };
  await Promise.all([one, two, one, two, one, two].map(writer));

  const rows = await database.sql`select s.stream, s.head::int, count(*)::int, min(e.seq)::int, max(e.seq)::int
    from rt.stream s join rt.event e using (stream) group by s.stream`;
  expect(rows).toHaveLength(counts.size);
  for (const row of rows) {
    const expected = counts.get(String(row.stream).slice("note:".length));
    expect([row.head, row.count, row.min, row.max]).toEqual([expected, expected, 1, expected]);
  }
});

test("[LOG2] a transaction that holds a stream's counter stalls no other stream", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { lockTimeoutMs: 100 } });
  await engine.add("held", 1);
  const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: holding, resolve: holds } = Promise.withResolvers<void>();
  const holder = engine.realtime.transaction(engine.db, async (tx) => {
    expect((await tx.lock(noteTopic, "held")).head).toBe(1);
    holds();
    await release;
    tx.publish(noteTopic, "held", added(2));
  });
  await holding;

  const waiting = [engine.add("held", 3), engine.add("held", 4)];
  for (const n of upTo(20)) await engine.add(`free-${n % 3}`, n);
  const later = engine.add("held", 5);
  await engine.add("free-1", 99);
  expect((await database.sql`select head::int from rt.stream where stream = 'note:held'`)[0]?.head).toBe(1);

  letGo();
  await holder;
  expect((await Promise.all([...waiting, later])).map(seqOf)).toEqual([3, 4, 5]);
  await using seen = record(engine, noteTopic, "held");
  await eventually(() => expect(seen.ns).toEqual([1, 2, 3, 4, 5]));
});

test("[LOG2] a stream that an open transaction is just making stalls no other stream either", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { lockTimeoutMs: 100 } });
  const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: holding, resolve: holds } = Promise.withResolvers<void>();
  const holder = engine.realtime.transaction(engine.db, async (tx) => {
    await tx.lock(noteTopic, "unborn");
    holds();
    await release;
    throw new Error("never born");
  });
  await holding;
  const waiting = engine.add("unborn", 1);
  for (const n of upTo(5)) await engine.add("free", n);
  letGo();
  await expect(holder).rejects.toThrow("never born");
  expect(seqOf(await waiting)).toBe(1);
});

test("[LOG3] reading after any position gives every later event", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { pageEvents: 7 } });
  const positions = await Promise.all(upTo(50).map((n) => engine.add("a", n)));
  for (const from of [1, 6, 7, 8, 49, 50]) {
    await using seen = record(engine, noteTopic, "a", positions[from - 1]);
    const next = await engine.add("a", 1_000 + from);
    await eventually(() => expect(seen.last).toBe(next));
    expect(seen.seqs).toEqual(upTo(seqOf(next)).slice(from));
  }
});

test("[LOG3] a position that is not ours is an error, one of another stream or beyond the end is a resync", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  const first = await engine.add("a", 1);
  await engine.add("b", 1);
  expect(() => engine.realtime.subscribe(noteTopic, "a", { after: "yesterday" })).toThrowError(
    expect.objectContaining({ code: "INVALID_POSITION" }),
  );

  await using other = record(engine, noteTopic, "b", first);
  await eventually(() => expect(other.resyncs).toEqual(["reset"]));
  await using ahead = record(engine, noteTopic, "a", first.replace(/\.1$/, ".77"));
  await eventually(() => expect(ahead.resyncs).toEqual(["ahead"]));
  // After a resync both are live from where it said.
  await engine.add("a", 2);
  await engine.add("b", 2);
  await eventually(() => expect([other.ns, ahead.ns]).toEqual([[2], [2]]));
});

test("[LOG3] a reader too far behind, or before the trimmed part, is told so and goes on from the head", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { maxReplayEvents: 20 } });
  const positions = await Promise.all(upTo(30).map((n) => engine.add("a", n)));
  await using far = record(engine, noteTopic, "a", positions[4]);
  await eventually(() => expect(far.resyncs).toEqual(["tooFar"]));
  await database.sql`delete from rt.event where stream = 'note:a' and seq <= 25`;
  await using trimmed = record(engine, noteTopic, "a", positions[20]);
  await using fine = record(engine, noteTopic, "a", positions[25]);
  await eventually(() => expect([trimmed.resyncs, fine.ns]).toEqual([["truncated"], [27, 28, 29, 30]]));
  await database.sql`delete from rt.event where stream = 'note:a' and seq = 28`;
  await using holed = record(engine, noteTopic, "a", positions[25]);
  await eventually(() => expect(holed.resyncs).toEqual(["truncated"]));
});

test("[LOG3] a stream that was removed and made again is another one", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  const [, second] = [await engine.add("a", 1), await engine.add("a", 2)];
  await engine.realtime.transaction(engine.db, (tx) => tx.forget(noteTopic, "a"));
  for (const n of upTo(5)) await engine.add("a", n * 10);
  await using seen = record(engine, noteTopic, "a", second);
  await eventually(() => expect(seen.resyncs).toEqual(["reset"]));
  expect(seen.ns).toEqual([]);
});

test("[LOG2] forgetting what does not exist takes nothing from the stream that is born meanwhile", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await database.sql`create function wait() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(1); return null; end $$`;
  await database.sql`create trigger wait after delete on rt.stream for each statement execute function wait()`;
  const holder = await database.sql.reserve();
  await holder`select pg_advisory_lock(1)`;
  const forgetting = engine.realtime.transaction(engine.db, (tx) => tx.forget(noteTopic, "a"));
  await eventually(async () =>
    expect(await database.sql`select from pg_locks where locktype = 'advisory' and not granted`).toHaveLength(1),
  );
  await engine.add("a", 1);
  await holder`select pg_advisory_unlock(1)`;
  holder.release();
  await forgetting;
  await using seen = record(engine, noteTopic, "a");
  await eventually(() => expect([seen.ns, seen.resyncs]).toEqual([[1], []]));
});

test("[LOG4] trimming by count and age keeps streams whole from some point on, and readers go on", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  const { position } = await engine.realtime.snapshot(engine.db, newsTopic, "a", async () => null);
  await using live = record(engine, newsTopic, "a", position);
  for (const n of upTo(25)) await engine.realtime.publish(newsTopic, "a", added(n));
  for (const n of upTo(5)) await engine.add("old", n);
  await database.sql`update rt.event set at = now() - interval '2 hours' where stream = 'note:old' and seq <= 3`;
  await engine.realtime.trim();
  const left = await database.sql`select stream, min(seq)::int as min, max(seq)::int as max from rt.event group by stream order by stream`;
  expect(left.map((row) => [row.stream, row.min, row.max])).toEqual([
    ["news:a", 16, 25],
    ["note:old", 4, 5],
  ]);
  await engine.realtime.publish(newsTopic, "a", added(26));
  await eventually(() => expect(live.ns).toEqual(upTo(26)));
  await using whole = record(engine, noteTopic, "old");
  await eventually(() => expect(whole.resyncs).toEqual(["truncated"]));
});

test("[LOG4] what is published in a transaction alone is trimmed too", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await engine.realtime.transaction(engine.db, async (tx) => {
    for (const n of upTo(15)) tx.publish(newsTopic, "a", { type: "added", data: { n } });
  });
  await engine.realtime.trim();
  expect((await database.sql`select seq::int from rt.event order by seq`).map(({ seq }) => seq)).toEqual(upTo(15).slice(5));
});

test("[LOG4] a topic that cannot be trimmed keeps no other from it", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await engine.add("a", 1);
  for (const n of upTo(15)) await engine.realtime.publish(newsTopic, "a", added(n));
  await database.sql`update rt.event set at = now() - interval '2 hours' where stream = 'note:a'`;
  await database.sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$`;
  await database.sql`create trigger refuse before delete on rt.event for each row when (old.stream = 'note:a') execute function refuse()`;
  await expect(engine.realtime.trim()).rejects.toThrow("not this one");
  const left = await database.sql`select stream, count(*)::int as n from rt.event group by stream order by stream`;
  expect(left.map(({ stream, n }) => [stream, n])).toEqual([
    ["news:a", 10],
    ["note:a", 1],
  ]);
});

test("two topics may not have one name: their streams would be the same", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await engine.add("a", 1);
  const other = { ...noteTopic };
  await expect(engine.realtime.publish(other, "a", { type: "added", data: { n: 2 } })).rejects.toMatchObject({ code: "INVALID_TOPIC" });
  const transaction = engine.realtime.transaction(engine.db, async (tx) => tx.publish(other, "a", { type: "added", data: { n: 2 } }));
  await expect(transaction).rejects.toThrow('Two topics are called "note"; give one of them another name.');
  expect(() => engine.realtime.subscribe(other, "a")).toThrowError(expect.objectContaining({ code: "INVALID_TOPIC" }));
  expect(() => engine.realtime.retain([other])).toThrowError(expect.objectContaining({ code: "INVALID_TOPIC" }));
});

test("[LOG4] retention never passes the floor of a topic that has one", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  const floored = { ...newsTopic, retention: { maxAgeMs: 1, maxEvents: 1, upToFloor: true } };
  engine.realtime.retain([floored]);
  for (const n of upTo(10)) await engine.realtime.publish(floored, "a", added(n));
  const remaining = async () => (await database.sql`select seq::int from rt.event order by seq`).map((row) => row.seq);
  await engine.realtime.trim();
  expect(await remaining()).toEqual(upTo(10));
  await engine.realtime.transaction(engine.db, (tx) => tx.raiseFloor(floored, "a", 4));
  await eventually(async () => {
    await engine.realtime.trim();
    expect(await remaining()).toEqual([5, 6, 7, 8, 9, 10]);
  });
});

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

test("dates, maps, big integers, NUL characters and lone surrogates survive the log", async () => {
  await using database = await createTestDatabase();
  await using one = await startEngine(database.url);
  await using two = await startEngine(database.url);
  await using local = record(one, noteTopic, "a");
  await using remote = record(two, noteTopic, "a");
  const data = { on: new Date(0), tags: new Map([["zero\u0000 half \ud800", 2n ** 60n]]) };
  await one.realtime.publish(noteTopic, "a", { type: "stamped", data });
  await using replayed = record(two, noteTopic, "a");
  for (const seen of [local, remote, replayed]) {
    await eventually(() => expect(seen.deliveries[0]?.event).toMatchObject({ type: "stamped", data }));
    expect(seen.deliveries[0]?.event.at).toBeInstanceOf(Date);
  }
});
