import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import { noteTopic, record, seqOf, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { seededRandom } from "../../support/random.ts";

const added = (n: number) => ({ type: "added" as const, data: { n } });

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

test("[LOG2] a transaction that holds a stream's row stalls no other stream", async () => {
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
