import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import type { LiveStream } from "#realtime/index.ts";
import { createTestDatabase } from "../../support/database.ts";
import { newsTopic, noteTopic, type Recording, record, seqOf, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { seededRandom } from "../../support/random.ts";

test("[HUB1] a thousand subscribers that come back to one stream at once cost one read", async () => {
  await using database = await createTestDatabase();
  // Reads are counted, and the sweep's are none of theirs.
  await using engine = await startEngine(database.url, { limits: { pollMs: 60_000 } });
  await using other = await startEngine(database.url);
  const positions: string[] = [];
  for (const n of upTo(30)) positions.push(await other.add("a", n));
  const abort = new AbortController();
  const before = engine.realtime.metrics().reads ?? 0;
  const streams = upTo(1_000).map(() => engine.realtime.subscribe(noteTopic, "a", { after: positions[9], signal: abort.signal }));
  const firsts = await Promise.all(streams.map((stream) => stream.next()));
  expect(new Set(firsts.map((first) => !first.done && seqOf(first.value.position)))).toEqual(new Set([11]));
  expect((engine.realtime.metrics().reads ?? 0) - before).toBe(1);
  // Whoever comes now is served from the hub's tail only if that reaches back; a live event reaches all without a read.
  await other.add("a", 31);
  await Promise.all(
    streams.map(async (stream) => {
      for (let last = 11; last < 31; last++) expect((await stream.next()).value?.position).toMatch(new RegExp(`\\.${last + 1}$`));
    }),
  );
  expect((engine.realtime.metrics().reads ?? 0) - before).toBeLessThan(4);
  abort.abort();
});

test("[HUB2] subscribers that join while events commit see every event exactly once", async () => {
  await using database = await createTestDatabase();
  await using one = await startEngine(database.url, { limits: { pageEvents: 5 } });
  await using two = await startEngine(database.url);
  const random = seededRandom();
  const recordings: Recording<typeof noteTopic>[] = [];
  const total = 300;
  for (let n = 1; n <= total; n += 3) {
    await Promise.all([
      one.add("a", n),
      two.add("a", n + 1),
      two.realtime.transaction(two.db, async (tx) => tx.publish(noteTopic, "a", { type: "added", data: { n: n + 2 } })),
    ]);
    if (random.chance(0.4)) recordings.push(record(random.pick([one, two]), noteTopic, "a"));
  }
  await eventually(() => {
    for (const recording of recordings) expect(recording.seqs).toEqual(upTo(total));
  });
  for (const recording of recordings) await recording[Symbol.asyncDispose]();
});

test("[HUB3] checking idle streams costs a fixed budget, however many there are", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { sweepStreamsPerSecond: 50 } });
  const abort = new AbortController();
  for (const n of upTo(2_000)) void engine.realtime.subscribe(newsTopic, `n${n}`, { signal: abort.signal }).next();
  await eventually(() => expect(engine.realtime.metrics().streams).toBe(2_000));
  const start = { at: performance.now(), swept: engine.realtime.metrics().swept ?? 0 };
  await eventually(() => expect((engine.realtime.metrics().swept ?? 0) - start.swept).toBeGreaterThanOrEqual(100), { timeoutMs: 6_000 });
  const seconds = (performance.now() - start.at) / 1_000;
  expect((engine.realtime.metrics().swept ?? 0) - start.swept).toBeLessThanOrEqual(50 * Math.ceil(seconds + 1));
  abort.abort();
});

test("[SUB1] [SUB2] 200 reconnects at random moments, with the last position, show no gap and no repeat", async () => {
  await using database = await createTestDatabase();
  await using one = await startEngine(database.url);
  await using two = await startEngine(database.url);
  const random = seededRandom();
  const total = 3_700;
  const wanted = 200;
  /** So few that even 200 visits that take the most leave some for the one after them. */
  const mostEach = Math.floor((total - 1) / wanted);
  const writing = (async () => {
    for (let n = 1; n <= total; n += 10) await Promise.all(upTo(10).map((k) => random.pick([one, two]).add("a", n + k - 1)));
  })();
  const seqs: number[] = [];
  let last: string | null = null;
  let reconnects = 0;
  while (seqs.length < total) {
    const abort = new AbortController();
    const stream: LiveStream<typeof noteTopic> = random
      .pick([one, two])
      .realtime.subscribe(noteTopic, "a", { after: last, signal: abort.signal });
    let left = reconnects < wanted ? random.int(0, mostEach) : total;
    if (left === 0) queueMicrotask(() => abort.abort());
    for await (const { position, event } of stream) {
      expect(event.type).toBe("added");
      seqs.push(seqOf(position));
      last = position;
      if (--left <= 0 || seqs.length === total) break;
    }
    abort.abort();
    reconnects++;
  }
  await writing;
  expect(reconnects).toBeGreaterThanOrEqual(wanted);
  expect(seqs).toEqual(upTo(total));
});

test("[SUB3] a reader that stops reading costs a bounded buffer, delays nobody, and still gets everything", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { bufferEvents: 50 } });
  const abort = new AbortController();
  const slow = engine.realtime.subscribe(noteTopic, "a", { signal: abort.signal });
  await engine.add("a", 1);
  await using quick = record(engine, noteTopic, "a");
  await eventually(() => expect(quick.seqs).toEqual([1])); // so the hub knows where the stream is
  await slow.next();
  const second = slow.next(); // waiting for it makes the reader live
  await engine.add("a", 2);
  await second;
  for (let n = 3; n <= 1_000; n += 9) await Promise.all(upTo(9).map((k) => engine.add("a", n + k - 1)));
  const total = 2 + 9 * Math.ceil(998 / 9);
  await eventually(() => expect(quick.seqs).toEqual(upTo(total)));
  expect(engine.realtime.metrics().slow_readers).toBe(1);
  const seen = [1, 2];
  while (seen.length < total) {
    const { value } = await slow.next();
    seen.push(seqOf(value?.position ?? ""));
  }
  expect(seen).toEqual(upTo(total));
  abort.abort();
});

test("[SUB3] closing the engine ends every subscription with CLOSED, and an abort ends one quietly", async () => {
  await using database = await createTestDatabase();
  const engine = await startEngine(database.url);
  const quiet = record(engine, noteTopic, "a");
  await using cut = record(engine, noteTopic, "b");
  await quiet[Symbol.asyncDispose]();
  expect([quiet.ended, quiet.error]).toEqual([true, null]);
  await engine[Symbol.asyncDispose]();
  await eventually(() => expect(cut.error).toMatchObject({ code: "CLOSED" }));
  expect(() => engine.realtime.subscribe(noteTopic, "a")).toThrowError(expect.objectContaining({ code: "CLOSED" }));
});

test("a stream that starts now shows what comes after the subscription, one that does not exist yet is waited for", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await using other = await startEngine(database.url);
  const add = (n: number) => other.realtime.publish(newsTopic, "a", { type: "added", data: { n } });
  await using early = record(
    engine,
    newsTopic,
    "a",
    (await engine.realtime.snapshot(engine.db, newsTopic, "a", async () => null)).position,
  );
  await add(1);
  await eventually(() => expect(early.ns).toEqual([1]));
  await using late = record(engine, newsTopic, "a");
  await eventually(async () => {
    await add(2);
    expect(late.ns).toContain(2);
  });
  expect(late.ns).not.toContain(1);
});

test("a snapshot and the events after its position are the whole story, before the first event too", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await database.sql`create table total (n int not null default 0)`;
  await database.sql`insert into total default values`;
  const read = () =>
    engine.realtime.snapshot(engine.db, newsTopic, "a", async (tx) => {
      // The statement names its only column.
      const [row] = (await tx.execute(sql`select n from total`)) as unknown as { n: number }[];
      return row?.n ?? 0;
    });
  const bump = () =>
    engine.realtime.transaction(engine.db, async (tx) => {
      await tx.execute(sql`update total set n = n + 1`);
      tx.publish(newsTopic, "a", { type: "added", data: { n: 1 } });
    });
  const unborn = await read();
  await using fromNothing = record(engine, newsTopic, "a", unborn.position);
  const snapshots: { snapshot: Awaited<ReturnType<typeof read>>; seen: Recording<typeof newsTopic> }[] = [];
  for (let n = 0; n < 30; n++) {
    const [snapshot] = await Promise.all([read(), bump()]);
    snapshots.push({ snapshot, seen: record(engine, newsTopic, "a", snapshot.position) });
  }
  await eventually(() => {
    expect(unborn.view + fromNothing.ns.length).toBe(30);
    for (const { snapshot, seen } of snapshots) expect(snapshot.view + seen.ns.length).toBe(30);
  });
  expect(fromNothing.resyncs).toEqual([]);
  for (const { seen } of snapshots) await seen[Symbol.asyncDispose]();
});

test("an event type that this process does not know moves the position and reaches nobody", async () => {
  await using database = await createTestDatabase();
  const unknown: string[] = [];
  await using engine = await startEngine(database.url, { onUnknownEvent: (topic, type) => unknown.push(`${topic}.${type}`) });
  await engine.add("a", 1);
  await database.sql`update rt.event set type = 'inventedLater' where stream = 'note:a'`;
  await engine.add("a", 2);
  await using seen = record(engine, noteTopic, "a");
  await eventually(() => expect(seen.seqs).toEqual([2]));
  expect(unknown).toEqual(["note.inventedLater"]);
});

test("[LOG3] a position beyond the end is told so, also where the stream is live already", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  const last = await engine.add("a", 1);
  await using live = record(engine, noteTopic, "a");
  await eventually(() => expect(live.seqs).toEqual([1]));
  await using ahead = record(engine, noteTopic, "a", last.replace(/\.1$/, ".9"));
  await eventually(() => expect(ahead.resyncs).toEqual(["ahead"]));
});

test("[HUB1] a stream that was born without an event, while it was watched, is not read over and over by who joins then", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { pollMs: 60_000 } });
  await using early = record(engine, noteTopic, "a");
  await eventually(() => expect(engine.realtime.metrics().reads).toBeGreaterThan(0));
  await engine.realtime.transaction(engine.db, (tx) => tx.raiseFence(noteTopic, "a", 1));
  await using late = record(engine, noteTopic, "a");
  await eventually(() => expect(engine.realtime.metrics().reads).toBeGreaterThan(1));
  const before = engine.realtime.metrics().reads ?? 0;
  for (let round = 0; round < 50; round++) await database.sql`select 1`;
  expect((engine.realtime.metrics().reads ?? 0) - before).toBeLessThan(10);
  await engine.add("a", 1);
  await eventually(() => expect([early.seqs, late.seqs]).toEqual([[1], [1]]));
});

test("[SUB3] [LOG3] a slow reader is told too that the log was cut short, also where it has been written on since", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { bufferEvents: 2, pollMs: 20 } });
  await engine.add("a", 1);
  await using quick = record(engine, noteTopic, "a");
  const slow = engine.realtime.subscribe(noteTopic, "a");
  await eventually(() => expect(quick.seqs).toEqual([1])); // so the hub knows where the stream is
  await slow.next();
  const second = slow.next(); // waiting for it makes the reader live
  for (const n of upTo(9)) await engine.add("a", 1 + n);
  await second;
  await eventually(() => expect(quick.seqs).toEqual(upTo(10)));
  expect(engine.realtime.metrics().slow_readers).toBe(1);
  // A disk snapshot put back: the same epoch, and a head before what was handed out.
  // In one statement, since nobody sees one half of it.
  await database.sql`with gone as (delete from rt.event where seq > 1) update rt.stream set head = 1`;
  await eventually(() => expect(quick.resyncs).toEqual(["ahead"]));
  for (const n of upTo(2)) await engine.add("a", 100 + n);
  // It was at 4, where there is nothing now; and soon again something, which may not pass for what it has seen.
  const told: unknown[] = [];
  while (told.length < 4) {
    const next = slow.next();
    if (told.length === 3) for (const n of upTo(2)) await engine.add("a", 102 + n);
    const event = (await next).value?.event;
    told.push(event?.type === "resync" ? event.data.reason : event?.type === "added" ? event.data.n : event);
  }
  expect(told).toEqual([3, 4, "ahead", 103]);
  await slow.return?.();
});

test("[SUB2] [LOG3] whoever comes to a stream that was forgotten sees nothing of it, also where others have not heard of that", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { pollMs: 60_000 } });
  await using early = record(engine, noteTopic, "a");
  for (const n of upTo(2)) await engine.add("a", n);
  await eventually(() => expect(early.ns).toEqual([1, 2]));
  await engine.realtime.transaction(engine.db, (tx) => tx.forget(noteTopic, "a"));
  const { position } = await engine.realtime.snapshot(engine.db, noteTopic, "a", async () => null);
  await using after = record(engine, noteTopic, "a", position);
  await using fresh = record(engine, noteTopic, "a");
  await eventually(() => expect(early.resyncs).toEqual(["reset"]));
  await engine.add("a", 3);
  await eventually(() => expect([after.ns, fresh.ns]).toEqual([[3], [3]]));
  expect([...after.resyncs, ...fresh.resyncs]).toEqual([]);
});
