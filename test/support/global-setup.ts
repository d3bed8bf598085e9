/**
 * Before any test: a Postgres of the tests' own, and in it a migrated template that `createTestDatabase()` copies.
 *
 * The cluster in `.data/test` is kept between runs and shared by runs at the same time; the template's name holds a hash of the
 * migrations, so a changed migration makes a new one.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/server/embedded-postgres.ts";
import { TEST_DATABASE_PREFIX } from "./database.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Nothing here must survive a power cut; many files connect at once. */
const SETTINGS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "400", shared_buffers: "128MB" };
const LOCK_KEY = 0x746573740a;

declare module "vitest" {
  interface ProvidedContext {
    /** Leads to the database "postgres" of the test cluster. */
    testServerUrl: string;
    templateDatabase: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startEmbeddedPostgres({ dataDir: join(ROOT, ".data/test"), database: "postgres", settings: SETTINGS });
  const alone = (await cluster.otherOwners()) === 0;
  const admin = postgres(cluster.url, { max: 1, onnotice: () => {} });
  try {
    if (alone) await dropLeftovers(admin);
    const template = `template_${await hashMigrations()}`;
    await ensureTemplate(admin, cluster.url, template);
    project.provide("testServerUrl", cluster.url);
    project.provide("templateDatabase", template);
  } finally {
    await admin.end();
  }
  return async () => {
    await cluster.release();
  };
}

/** Databases of a run that was killed: nobody else is here to use them. */
async function dropLeftovers(admin: postgres.Sql): Promise<void> {
  const names = await admin<{ datname: string }[]>`select datname from pg_database where starts_with(datname, ${TEST_DATABASE_PREFIX})`;
  for (const { datname } of names) await admin`drop database if exists ${admin(datname)} with (force)`;
}

async function hashMigrations(): Promise<string> {
  const hash = createHash("sha256");
  const folder = join(ROOT, "drizzle");
  for (const name of (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort()) {
    hash.update(name).update(await readFile(join(folder, name)));
  }
  // The seed of storage settings and the like runs beside the migrations.
  for (const file of ["src/migrate.ts", "src/realtime/schema.ts"]) hash.update(await readFile(join(ROOT, file)));
  return hash.digest("hex").slice(0, 12);
}

async function ensureTemplate(admin: postgres.Sql, serverUrl: string, template: string): Promise<void> {
  // Loaded here and not above, so that a broken engine file fails its own tests and not all of them.
  const { migrateDatabase } = await import("../../src/migrate.ts");
  await admin`select pg_advisory_lock(${LOCK_KEY})`; // freed with the connection
  const found = await admin`select from pg_database where datname = ${template}`;
  if (found.length > 0) return;
  // Only a finished template gets its name: a run that is killed here leaves a leftover and not a half-migrated template.
  const unfinished = `${TEST_DATABASE_PREFIX}template_${process.pid}`;
  await admin`drop database if exists ${admin(unfinished)} with (force)`;
  await admin`create database ${admin(unfinished)}`;
  await migrateDatabase(new URL(`/${unfinished}`, serverUrl).href);
  await admin`alter database ${admin(unfinished)} rename to ${admin(template)}`;
}
