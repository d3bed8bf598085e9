/**
 * A database of one test's own, migrated, on the real Postgres that global-setup.ts has started.
 *
 *     await using database = await createTestDatabase();
 *     const { db, close } = createDatabase(database.url);      // whatever is under test connects by itself
 *     await database.sql`select 1`;                            // a client for looking in from outside
 *
 * Disposing it closes `sql`, fails if anything else is still connected (a leak in what was tested; close it before, or declare
 * it after the database so that `await using` disposes it first), and drops the database.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { inject } from "vitest";
import { startWatch } from "./stopwatch.ts";

export const TEST_DATABASE_PREFIX = "t_";
/** How long connections that were closed just now may take to vanish from the server's list. */
const CLOSE_GRACE_MS = 2_000;

export interface Backend {
  readonly pid: number;
  readonly application: string;
  readonly state: string;
  readonly query: string;
}

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Up to 2 connections of the test's own; not counted as a leak, not listed by `backends`, not killed by `killBackends`. */
  readonly sql: postgres.Sql;
  /** Who is connected to this database, apart from `sql`. */
  backends(): Promise<Backend[]>;
  /**
   * Ends connections to this database from the server's side, all or those for which `which` holds, for example
   * `(backend) => backend.query.startsWith("listen")`.
   * @returns how many were ended
   */
  killBackends(which?: (backend: Backend) => boolean): Promise<number>;
}

export interface TestDatabaseOptions {
  /** `true`: without our tables, for what migrates by itself. @default false */
  readonly empty?: boolean;
}

const SQL_NAME = "test-observer";

export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = inject("testServerUrl");
  const name = `${TEST_DATABASE_PREFIX}${process.pid}_${randomBytes(4).toString("hex")}`;
  const url = new URL(`/${name}`, serverUrl).href;
  await asAdmin(serverUrl, async (admin) => {
    const template = options.empty ? "template1" : inject("templateDatabase");
    await admin`create database ${admin(name)} template ${admin(template)}`;
  });
  const sql = postgres(url, { max: 2, onnotice: () => {}, connection: { application_name: SQL_NAME } });

  const listBackends = (admin: postgres.Sql) => admin<Backend[]>`
    select pid, application_name as application, coalesce(state, '') as state, query from pg_stat_activity
    where datname = ${name} and backend_type = 'client backend' and application_name <> ${SQL_NAME}`;

  return {
    name,
    url,
    sql,
    backends: () => asAdmin(serverUrl, async (admin) => [...(await listBackends(admin))]),
    killBackends: (which = () => true) =>
      asAdmin(serverUrl, async (admin) => {
        const chosen = (await listBackends(admin)).filter(which);
        for (const { pid } of chosen) await admin`select pg_terminate_backend(${pid})`;
        return chosen.length;
      }),
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 1 });
      await asAdmin(serverUrl, async (admin) => {
        const elapsedMs = startWatch();
        let leaked = await listBackends(admin);
        while (leaked.length > 0 && elapsedMs() < CLOSE_GRACE_MS) {
          await delay(10);
          leaked = await listBackends(admin);
        }
        await admin`drop database ${admin(name)} with (force)`;
        if (leaked.length === 0) return;
        const lines = leaked.map((backend) => `  ${backend.application} (${backend.state}): ${backend.query.slice(0, 200)}`);
        throw new Error(`${leaked.length} connections were still open when the test database was disposed:\n${lines.join("\n")}`);
      });
    },
  };
}

async function asAdmin<T>(serverUrl: string, work: (admin: postgres.Sql) => Promise<T>): Promise<T> {
  const admin = postgres(serverUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
