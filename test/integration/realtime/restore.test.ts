import { chown, cp, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { expect, test } from "vitest";
import { migrateDatabase } from "../../../src/migrate.ts";
import { startEmbeddedPostgres } from "../../../src/server/embedded-postgres.ts";
import { createTestDatabase } from "../../support/database.ts";
import { noteTopic, record, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";

test("[LOG3] after recovery to an older state every reader is told, also where the numbers overlap", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "heliograph-restore-"));
  const settings = { fsync: "off", full_page_writes: "off" };
  try {
    const first = await startEmbeddedPostgres({ dataDir, settings });
    await migrateDatabase(first.url);
    const folder = await dataFolder(first.url);
    {
      await using engine = await startEngine(first.url);
      for (const n of upTo(5)) await engine.add("a", n);
    }
    expect(await first.release()).toBe("stopped");
    await cp(folder, `${folder}.backup`, { recursive: true, preserveTimestamps: true });

    const second = await startEmbeddedPostgres({ dataDir, settings });
    let before = "";
    {
      await using engine = await startEngine(second.url);
      for (const n of upTo(4)) before = await engine.add("a", 5 + n);
    }
    expect(await second.release()).toBe("stopped");

    const { uid, gid } = await stat(folder);
    await rm(folder, { recursive: true });
    await cp(`${folder}.backup`, folder, { recursive: true, preserveTimestamps: true });
    await writeFile(join(folder, "recovery.signal"), "");
    await writeFile(join(folder, "postgresql.auto.conf"), "restore_command = 'false'\n");
    await ownAll(folder, uid, gid);

    const restored = await startEmbeddedPostgres({ dataDir, settings });
    {
      await using engine = await startEngine(restored.url);
      // Other events, under numbers that the reader has already seen.
      for (const n of upTo(6)) await engine.add("a", 100 + n);
      await using seen = record(engine, noteTopic, "a", before);
      await eventually(() => expect(seen.resyncs).toEqual(["reset"]));
      await engine.add("a", 999);
      await eventually(() => expect(seen.ns).toEqual([999]));
    }
    await restored.release();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test("[LOG3] a database that was made again from a copy is another epoch", async () => {
  await using original = await createTestDatabase();
  let last: string;
  {
    await using engine = await startEngine(original.url);
    await engine.add("a", 1);
    last = await engine.add("a", 2);
  }
  const copy = `${original.name}_copy`;
  const admin = postgres(new URL("/postgres", original.url).href, { max: 1, onnotice: () => {} });
  try {
    await original.sql.end();
    await admin`create database ${admin(copy)} template ${admin(original.name)}`;
    await using engine = await startEngine(new URL(`/${copy}`, original.url).href);
    await using seen = record(engine, noteTopic, "a", last);
    await eventually(() => expect(seen.resyncs).toEqual(["reset"]));
  } finally {
    await admin`drop database if exists ${admin(copy)} with (force)`;
    await admin.end();
  }
});

async function dataFolder(url: string): Promise<string> {
  const client = postgres(url, { max: 1 });
  const [row] = await client`show data_directory`;
  await client.end();
  return String(row?.data_directory);
}

/** As root the cluster belongs to another user; a copy made by us does not. */
async function ownAll(folder: string, uid: number, gid: number): Promise<void> {
  await chown(folder, uid, gid);
  for (const entry of await readdir(folder, { recursive: true })) await chown(join(folder, entry), uid, gid);
}
