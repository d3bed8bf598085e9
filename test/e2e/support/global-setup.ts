/**
 * Before the browser tests: a fresh database on the test cluster, the demo in it, and two production servers on it, started as
 * `pnpm start` starts them. Afterwards everything is stopped, and a server that did not stop in order fails the run.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedPostgres } from "../../../src/server/embedded-postgres.ts";
import { eventually } from "../../support/eventually.ts";
import { addresses } from "./addresses.ts";
import { startMailbox } from "./mailbox.ts";

const ROOT = join(import.meta.dirname, "../../..");
const LOGS = join(ROOT, "test-results/servers");
const DATABASE = `t_e2e_${process.pid}`;
const SECRET = "browser-tests-sign-with-this-and-nobody-else-does";
/** For a test that starts a server of its own. */
process.env.E2E_SECRET = SECRET;

interface Started {
  readonly name: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

export default async function setup(): Promise<() => Promise<void>> {
  if (!existsSync(join(ROOT, ".next/BUILD_ID"))) throw new Error("Browser tests run against a build: `pnpm build` first.");
  await mkdir(LOGS, { recursive: true });
  const settings = { fsync: "off", max_connections: "400" };
  const cluster = await startEmbeddedPostgres({ dataDir: join(ROOT, ".data/test"), database: "postgres", settings });
  const databaseUrl = new URL(`/${DATABASE}`, cluster.url).href;
  process.env.E2E_DATABASE_URL = databaseUrl;
  await administer(cluster.url, (sql) => sql`create database ${sql(DATABASE)}`);

  const mailbox = await startMailbox();
  const servers: Started[] = [];
  const teardown = async () => {
    for (const { child } of servers) child.kill("SIGTERM");
    const codes = await Promise.all(servers.map(({ ended }) => ended));
    mailbox.close();
    await administer(cluster.url, (sql) => sql`drop database if exists ${sql(DATABASE)} with (force)`);
    await cluster.release();
    if (codes.some((code) => code !== 0)) throw new Error(`The servers ended with ${codes.join(" and ")} instead of 0: see ${LOGS}.`);
  };
  try {
    // Production never seeds, so this is a run of its own, in a mode that is not production.
    const seed = await start("seed", "src/seed.ts", { NODE_ENV: "test", SEED: "demo", DATABASE_URL: databaseUrl });
    if ((await seed.ended) !== 0) throw new Error(`The database could not be seeded: see ${LOGS}/seed.log.`);
    const urls = Object.values(addresses()).map((address) => new URL(address));
    const waiting: Promise<void>[] = [];
    for (const [index, url] of urls.entries()) {
      const env = {
        NODE_ENV: "production",
        HOST: "127.0.0.1",
        PORT: url.port,
        DATABASE_URL: databaseUrl,
        NEXTAUTH_SECRET: SECRET,
        // Each server's mails lead to itself.
        NEXTAUTH_URL: url.origin,
        SMTP_URL: mailbox.url,
        MAIL_FROM: "Heliograph <heliograph@example.com>",
        // demo begins
        // Its workflows ask the app itself, whichever of the two runs them.
        HTTP_ALLOW_HOSTS: urls.flatMap(({ port }) => [`localhost:${port}`, `127.0.0.1:${port}`]).join(","),
        // demo ends
      };
      const server = await start(`server-${index + 1}`, "src/main.ts", env);
      servers.push(server);
      waiting.push(waitUntilReady(url, server));
    }
    await Promise.all(waiting);
  } catch (error) {
    await teardown().catch(() => {}); // the first failure is the one to report
    throw error;
  }
  return teardown;
}

async function start(name: string, file: string, env: Record<string, string>): Promise<Started> {
  const log = await open(join(LOGS, `${name}.log`), "w");
  const inherited = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
  // Next's types make NODE_ENV a must in every environment; each caller sets it.
  const all = { ...inherited, ...env } as unknown as NodeJS.ProcessEnv;
  const child = spawn(process.execPath, [join(ROOT, file)], { cwd: join(ROOT, "test"), env: all, stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  return { name, child, ended: new Promise((resolve) => void child.once("exit", (code) => resolve(code))) };
}

async function waitUntilReady(url: URL, server: Started): Promise<void> {
  const ready = eventually(async () => (await fetch(new URL("/readyz", url))).ok, {
    timeoutMs: 60_000,
    intervalMs: 100,
    what: `${url} to be ready`,
  });
  const ended = server.ended.then(() => {
    throw new Error(`A server ended while starting: see ${LOGS}/${server.name}.log.`);
  });
  await Promise.race([ready, ended]);
  // From here on it ends when it is told to, and the teardown looks at how.
  ended.catch(() => {});
}

async function administer(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
