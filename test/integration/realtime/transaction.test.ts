import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { createTestDatabase } from "../../support/database.ts";
import { noteTopic, record, startEngine } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";

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
