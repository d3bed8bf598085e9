/**
 * Brings the database to this version's tables, at every start and by `pnpm db:migrate`.
 *
 * Several instances may start at the same moment: an advisory lock lets one work and the others find nothing left to do. The lock
 * belongs to the connection, so a process that dies in the middle frees it; each migration is a transaction of its own run.
 */
import { join } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { STORAGE_SQL } from "#realtime/schema.ts";
import { withDeadline } from "#realtime/timing.ts";
import { explainConnectionFailure, FIRST_ANSWER_MS, MIN_SERVER_VERSION, tooOld } from "#server/connection-failure.ts";
import { startEmbeddedPostgres } from "#server/embedded-postgres.ts";
import { parseEnv, readProcessEnv } from "#server/env.ts";
import { exitOnFailure } from "#server/exit.ts";

const ROOT = join(import.meta.dirname, "..");
const MIGRATIONS_FOLDER = join(ROOT, "drizzle");
/** Any number that no other program locks in this database; these are the ASCII codes of "helio". */
const LOCK_KEY = 0x68656c696f;
const CONNECT_TIMEOUT_S = 10;

export interface MigrateOptions {
  /** The variable that `url` came from, for messages. @default "DATABASE_URL" */
  readonly name?: "DATABASE_URL" | "DIRECT_URL";
}

/**
 * Applies what is missing, in order. `url` must lead to Postgres itself, not to a transaction-mode pooler.
 * @returns how many migrations were applied; 0 when another process was first or nothing was missing
 * @throws StartupError when the server cannot be reached, refuses us or is too old
 */
export async function migrateDatabase(url: string, options: MigrateOptions = {}): Promise<{ applied: number }> {
  const name = options.name ?? "DATABASE_URL";
  // No type catalogue is read: the version must be known before anything else is asked.
  const client = postgres(url, { max: 1, connect_timeout: CONNECT_TIMEOUT_S, fetch_types: false, onnotice: () => {} });
  let answered = false;
  try {
    const asked = client.unsafe<{ server_version: string }[]>("show server_version").simple();
    const [setting] = await withDeadline(asked, FIRST_ANSWER_MS);
    answered = true;
    const version = setting?.server_version ?? "";
    if (Number.parseInt(version, 10) < MIN_SERVER_VERSION) throw tooOld(name, version);
    await client`select pg_advisory_lock(${LOCK_KEY})`;
    const before = await countApplied(client);
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS_FOLDER });
    const applied = (await countApplied(client)) - before;
    // Looked at, since a process that died right after the migration has left it undone.
    const [unset] = await client`select from pg_class where oid = 'rt.stream'::regclass and reloptions is null`;
    if (applied > 0 || unset) await client.unsafe(STORAGE_SQL);
    return { applied };
  } catch (error) {
    throw explainConnectionFailure(name, url, error, answered) ?? error;
  } finally {
    await client.end({ timeout: 1 });
  }
}

async function countApplied(client: postgres.Sql): Promise<number> {
  const [table] = await client`select to_regclass('drizzle.__drizzle_migrations') is not null as exists`;
  if (!table?.exists) return 0;
  const [row] = await client`select count(*)::int as count from drizzle.__drizzle_migrations`;
  return row?.count;
}

/** `pnpm db:migrate`: DATABASE_URL, or else the embedded Postgres that `pnpm dev` uses. */
async function migrateByHand(): Promise<void> {
  const env = parseEnv(readProcessEnv());
  const embedded = env.databaseUrl === "" ? await startEmbeddedPostgres({ dataDir: join(ROOT, ".data") }) : null;
  try {
    const { applied } = await migrateDatabase(embedded?.url ?? env.directUrl, {
      name: env.directUrl === env.databaseUrl ? "DATABASE_URL" : "DIRECT_URL",
    });
    process.stdout.write(applied === 0 ? "Nothing to migrate.\n" : `Applied ${applied} migration${applied === 1 ? "" : "s"}.\n`);
  } finally {
    await embedded?.release();
  }
}

if (import.meta.main) await exitOnFailure(migrateByHand());
