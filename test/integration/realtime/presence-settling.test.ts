/** Stays that are over while the database cannot be told, or of which nobody knows whether they have begun. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { createTab, startPresence } from "../../support/presence.ts";

test("[PRS1] whoever was let in only after their join had failed is gone all the same", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using one = await startPresence({ ...database, url: proxy.url });
  const [bob, room] = [createTab(), randomUUID()];
  const { sql } = database;
  // His commit takes as long as the test holds this lock.
  await sql.unsafe(`create function hold() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(1); return new; end $$;
    create constraint trigger hold after insert on rt.session deferrable initially deferred for each row execute function hold()`);
  const isCommitting = () => sql`select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
  const lease = async () => JSON.stringify(await sql`select lease_until from rt.process`);
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(1)`;
    const failure = bob.join(one, room).catch((error: unknown) => error);
    await eventually(async () => expect(await isCommitting()).toHaveLength(1));
    proxy.cut();
    expect(await failure).toBeInstanceOf(Error);
    for (let times = 0; times < 3; times++) {
      const before = await lease();
      await eventually(async () => expect(await lease()).not.toBe(before));
    }
  });
  await eventually(async () => expect(await isCommitting()).toHaveLength(0));
  await eventually(async () => expect(await sql`select from rt.session`).toHaveLength(0));
  // He was there.
  expect((await sql`select online from edge order by n`).map(({ online }) => online)).toEqual([true, false]);
});
