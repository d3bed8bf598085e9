/** What patches/postgres@3.4.9.patch mends. Without it these fail: the first one by killing the process. */
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { expect, test } from "vitest";
import { createDatabase } from "#server/db.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";

test("a connection that dies with a write pending rejects its queries and is used again", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  const client = postgres(proxy.url, { max: 1, onnotice: () => {} });
  await client`select 1`;
  for (let round = 0; round < 20; round++) {
    proxy.cut();
    const result = await client`select ${round}::int as n`.then(
      ([row]) => Number(row?.n),
      (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error)),
    );
    expect(result === round || /^(CONNECTION_|ECONN|EPIPE)/.test(String(result))).toBe(true);
    await eventually(async () => expect((await client`select 1 as one`)[0]?.one).toBe(1));
  }
  await client.end({ timeout: 1 });
});

test("[LOG1] a transaction whose connection dies writes nothing more, although its place in the pool is taken again", async () => {
  await using database = await createTestDatabase();
  await database.sql`create table thing (n int)`;
  const { db, close } = createDatabase(database.url, { max: 1 });
  let late: unknown = null;
  const transaction = db.transaction(async (tx) => {
    await tx.execute(sql`insert into thing values (1)`);
    await database.killBackends();
    // The pool's only connection comes back to life and serves others…
    await eventually(() =>
      db.execute(sql`select 1`).then(
        () => true,
        () => false,
      ),
    );
    // …and what the dead transaction still says must not be executed on it.
    late = await tx.execute(sql`insert into thing values (2)`).then(
      () => "executed",
      () => "refused",
    );
  });
  await expect(transaction).rejects.toThrow();
  await eventually(() => expect(late).toBe("refused"));
  expect(await database.sql`select n from thing`).toEqual([]);
  await close();
});
