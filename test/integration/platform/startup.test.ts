import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEVELOPMENT_SECRET } from "../../../src/server/env.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFakePostgres } from "../../support/fake-postgres.ts";
import { startProcess } from "../../support/process.ts";
import { openTlsDoor } from "../../support/tls-door.ts";

const secret = "a-secret-of-these-tests-with-enough-characters";
/** A process that only works needs no build of the pages. */
const worker = { ROLE: "worker", PORT: "0", NEXTAUTH_SECRET: secret };

/** What the person at the terminal sees: one sentence and no stack. */
async function refusal(env: Record<string, string>, file = "src/main.ts"): Promise<string> {
  await using started = startProcess(file, env);
  expect(await started.exited).toBe(1);
  expect(started.output()).not.toMatch(/\n {4}at /);
  return started.output().trim();
}

test("production without its settings names all that are missing at once", async () => {
  const said = await refusal({});
  expect(said).toMatch(/DATABASE_URL is missing.*\n.*NEXTAUTH_SECRET is missing/);
});

test("production refuses the secret that stands in .env.example, and does not repeat secrets", async () => {
  expect(await refusal({ DATABASE_URL: "postgres://a:hunter2@localhost/b", NEXTAUTH_SECRET: DEVELOPMENT_SECRET })).toMatch(
    /NEXTAUTH_SECRET is the public one/,
  );
  const said = await refusal({ DATABASE_URL: "mysql://a:hunter2@localhost/b", NEXTAUTH_SECRET: "short-secret", PORT: "70000" });
  expect(said).toMatch(/DATABASE_URL must look like/);
  expect(said).toMatch(/PORT/);
  expect(said).not.toMatch(/hunter2|short-secret/);
});

test("a database that cannot be used is one sentence that says which and what to do", async () => {
  await using database = await createTestDatabase({ empty: true });
  const at = (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    return refusal({ ...worker, DATABASE_URL: url.href });
  };
  const nobody = at((url) => {
    url.port = "1";
  });
  const noName = at((url) => {
    url.pathname = "/nowhere";
  });
  const noUser = at((url) => {
    url.username = "stranger";
  });
  const noHost = at((url) => {
    url.hostname = "nowhere.invalid";
  });
  const noSetting = at((url) => {
    url.searchParams.set("schema", "public");
  });
  const noWriting = at((url) => {
    url.searchParams.set("default_transaction_read_only", "on");
  });
  expect(await nobody).toBe("No Postgres answers at 127.0.0.1:1: start it, or correct DATABASE_URL.");
  expect(await noName).toMatch(/has no database "nowhere": create it, or correct DATABASE_URL\.$/);
  expect(await noUser).toMatch(/refuses the user "stranger": correct user and password in DATABASE_URL\.$/);
  expect(await noHost).toBe('The host "nowhere.invalid" in DATABASE_URL cannot be found: correct DATABASE_URL.');
  expect(await noWriting).toMatch(/only reads, as a replica does: name the primary in DATABASE_URL\.$/);
  expect(await noSetting).toMatch(/cannot be used \(unrecognized configuration parameter "schema"\): correct DATABASE_URL\.$/);
});

test("so is one that only DATABASE_URL leads to, beside a DIRECT_URL that is right", async () => {
  await using database = await createTestDatabase({ empty: true });
  const url = new URL(database.url);
  url.pathname = "/nowhere";
  const said = await refusal({ ...worker, DIRECT_URL: database.url, DATABASE_URL: url.href });
  expect(said).toMatch(/^Postgres at .* has no database "nowhere": create it, or correct DATABASE_URL\.$/);
});

test("so is an address at which every connection is taken and ended, as by a proxy whose server is gone", async () => {
  await using database = await createTestDatabase();
  const proxy = createServer((socket) =>
    socket
      .on("error", () => {})
      .resume()
      .end(),
  );
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const url = new URL(database.url);
  const address = proxy.address();
  url.port = typeof address === "object" && address !== null ? String(address.port) : "";
  try {
    const alone = refusal({ ...worker, DATABASE_URL: url.href });
    const beside = refusal({ ...worker, DATABASE_URL: url.href, DIRECT_URL: database.url });
    const expected = `No Postgres answers at ${url.host}: start it, or correct DATABASE_URL.`;
    expect(await Promise.all([alone, beside])).toEqual([expected, expected]);
  } finally {
    proxy.close();
  }
});

test("an address that says by pgbouncer=true that it leads to a pooler is used without these words", async () => {
  await using database = await createTestDatabase({ empty: true });
  const env = { ...worker, DIRECT_URL: database.url, DATABASE_URL: `${database.url}?pgbouncer=true` };
  await using started = startProcess("src/main.ts", env);
  await started.waitFor(/Serving on/);
  started.kill("SIGTERM");
  expect(await started.exited).toBe(0);
  expect(started.output()).not.toMatch(/"level":"(warn|error)"/);
});

test("a database behind TLS is used as its address says, whether its certificate must be known or not", async () => {
  await using database = await createTestDatabase({ empty: true });
  await using door = await openTlsDoor(database.url);
  await using started = startProcess("src/main.ts", { ...worker, DATABASE_URL: `${door.url}?sslmode=require` });
  const [, port] = await started.waitFor(/Serving on http:\/\/localhost:(\d+)/);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  started.kill("SIGTERM");
  expect(await started.exited).toBe(0);
  expect(started.output()).not.toMatch(/warn|error/i);

  const said = await refusal({ ...worker, DATABASE_URL: `${door.url}?sslmode=verify-full` });
  expect(said).toMatch(/^Postgres at .* cannot be used \(self-signed certificate.*\): correct DATABASE_URL\.$/);
});

test("tables of another version are not touched", async () => {
  await using database = await createTestDatabase({ empty: true });
  await database.sql`create table "user" (id int)`;
  expect(await refusal({ ...worker, DATABASE_URL: database.url })).toMatch(/has tables of another version of Heliograph: use an empty one/);
  expect(await database.sql`select from pg_tables where schemaname = 'public'`).toHaveLength(1);
});

test("a server older than 15 is refused by its version", async () => {
  await using old = await startFakePostgres("14.11 (Debian 14.11-1)");
  expect(await refusal({ ...worker, DATABASE_URL: old.url })).toMatch(/^Postgres 14\.11.* is too old: Heliograph needs 15 or newer/);
});

test("a taken port is one sentence, in production and in development", async () => {
  await using database = await createTestDatabase({ empty: true });
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  try {
    const expected = new RegExp(`Port ${port} is taken by another program: stop that, or choose another port`);
    expect(await refusal({ ...worker, PORT: port, HOST: "127.0.0.1", DATABASE_URL: database.url })).toMatch(expected);
    expect(await refusal({ PORT: port, DATABASE_URL: database.url }, "src/dev.ts")).toMatch(expected);
  } finally {
    other.close();
  }
});

test("a worker migrates, serves its health, and leaves in order although it is told twice", async () => {
  await using database = await createTestDatabase({ empty: true });
  await using started = startProcess("src/main.ts", { ...worker, DATABASE_URL: database.url });
  const [, port] = await started.waitFor(/Serving on http:\/\/localhost:(\d+)/);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  expect([await get("/healthz"), await get("/readyz"), await get("/metrics"), await get("/")]).toEqual([200, 200, 404, 404]);
  started.kill("SIGTERM");
  started.kill("SIGTERM");
  expect(await started.exited).toBe(0);
});

test("a stray rejection is told with its cause and ends the process in order, but not as a success", async () => {
  await using database = await createTestDatabase({ empty: true });
  const stray = `process.on("SIGUSR2", () => void Promise.reject(new Error("stray", { cause: new Error("the reason") })))`;
  const env = { ...worker, DATABASE_URL: database.url, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(stray)}` };
  await using started = startProcess("src/main.ts", env);
  await started.waitFor(/Serving on/);
  const connected = () =>
    database.sql`select from pg_stat_activity where application_name like 'heliograph%' and datname = current_database()`;
  expect((await connected()).length).toBeGreaterThan(0);
  // Whoever asks for an ordered stop at the same moment must not be told that it was one.
  started.kill("SIGTERM");
  started.kill("SIGUSR2");
  expect(await started.exited).toBe(1);
  expect(started.output()).toMatch(/Error: stray[\s\S]*caused by: Error: the reason/);
  // The server lists a connection a moment longer than there is somebody at its other end.
  await eventually(async () => expect(await connected()).toHaveLength(0));
});

test("instances that start at the same moment on an empty database all come up", async () => {
  await using database = await createTestDatabase({ empty: true });
  const start = () => startProcess("src/main.ts", { ...worker, DATABASE_URL: database.url });
  await using one = start();
  await using two = start();
  await using three = start();
  const all = [one, two, three];
  await Promise.all(all.map((started) => started.waitFor(/Serving on/)));
  const migrations = (await readdir(join(import.meta.dirname, "../../../drizzle"))).filter((name) => name.endsWith(".sql"));
  expect(await database.sql`select from drizzle.__drizzle_migrations`).toHaveLength(migrations.length);
  for (const started of all) started.kill("SIGTERM");
  expect(await Promise.all(all.map((started) => started.exited))).toEqual([0, 0, 0]);
});
