/** What holds for every table, also for those of features to come. */
import { expect, test } from "vitest";
import { migrateDatabase } from "../../../src/migrate.ts";
import { createTestDatabase } from "../../support/database.ts";

test("whoever is referred to goes without a look through whole tables: each reference has an index that begins with it", async () => {
  await using database = await createTestDatabase();
  const references = await database.sql<{ name: string; indexed: boolean }[]>`
    select c.conrelid::regclass || '.' || c.conname as name, exists (
      select from pg_index i where i.indrelid = c.conrelid and c.conkey = (i.indkey::int2[])[0:cardinality(c.conkey) - 1]
    ) as indexed
    from pg_constraint c join pg_namespace n on n.oid = c.connamespace
    where c.contype = 'f' and n.nspname in ('public', 'rt')`;
  expect(references.length).toBeGreaterThan(0);
  expect(references.filter(({ indexed }) => !indexed).map(({ name }) => name)).toEqual([]);
});

test("how tables are stored is set at the next start, where a process died between the migration and that", async () => {
  await using database = await createTestDatabase();
  const storage = () =>
    database.sql`select reloptions from pg_class where oid in ('rt.stream'::regclass, 'rt.event'::regclass) order by relname`;
  const set = await storage();
  expect(set.map(({ reloptions }) => reloptions)).not.toContain(null);
  await database.sql`alter table rt.stream reset (fillfactor, autovacuum_vacuum_scale_factor)`;
  await database.sql`alter table rt.event reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)`;
  expect(await migrateDatabase(database.url)).toEqual({ applied: 0 });
  expect(await storage()).toEqual(set);
});
