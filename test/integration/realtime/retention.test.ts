import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import { newsTopic, noteTopic, record, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";

const added = (n: number) => ({ type: "added" as const, data: { n } });

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
