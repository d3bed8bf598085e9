import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createDatabase } from "#server/db.ts";
import { startApp } from "../../support/bare-app.ts";
import { createTestDatabase } from "../../support/database.ts";
import { noteTopic } from "../../support/engine.ts";
import { startTransactionPooler } from "../../support/transaction-pooler.ts";

test("[LOG1] behind a transaction pooler that only DIRECT_URL tells of, rows and events are stored, transaction by transaction", async () => {
  await using database = await createTestDatabase();
  await database.sql`create table thing (n int)`;
  await using pooler = await startTransactionPooler(database.url);
  await using app = await startApp(pooler.url, { DIRECT_URL: database.url, DATABASE_POOL_SIZE: "1" });
  const { realtime, db } = app.runtime;
  for (let n = 1; n <= 6; n++) {
    await realtime.transaction(db, async (tx) => {
      await tx.execute(sql`insert into thing values (${n})`);
      tx.publish(noteTopic, "a", { type: "added", data: { n } });
    });
  }
  expect((await database.sql`select n from thing order by n`).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await database.sql`select seq from rt.event order by seq`).map(({ seq }) => Number(seq))).toEqual([1, 2, 3, 4, 5, 6]);
});

test("[LOG1] behind a transaction pooler that nothing tells of, what was told as committed is stored", async () => {
  await using database = await createTestDatabase();
  await database.sql`create table thing (n int)`;
  await using pooler = await startTransactionPooler(database.url);
  const { db, close } = createDatabase(pooler.url, { max: 1 });
  const committed: number[] = [];
  for (let n = 1; n <= 6; n++) {
    const done = db.transaction((tx) => tx.execute(sql`insert into thing values (${n})`));
    await done.then(
      () => committed.push(n),
      () => {}, // a statement that was prepared elsewhere: refused aloud, and nobody was told otherwise
    );
  }
  expect(committed.length).toBeGreaterThan(0);
  expect((await database.sql`select n from thing order by n`).map(({ n }) => n)).toEqual(committed);
  await close();
});
