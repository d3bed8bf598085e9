/**
 * `pnpm dev`: Postgres, the port, and a server that is started anew whenever its files change.
 *
 * The port stays with this process, and each accepted connection is handed to the server of the moment. While that one is being
 * replaced connections wait, so nobody sees a refused one; when it cannot start they get a page that says so and tries again.
 * Next looks after its own files (components, styles, routes): those restart nothing. `node --watch` cannot do this, because it
 * follows every file the process loads, Next's generated ones included.
 */
import "./require-node.mjs";
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, watch, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#server/embedded-postgres.ts";
import { parseEnv, readProcessEnv } from "#server/env.ts";
import { exitOnFailure, ignoreBrokenPipes } from "#server/exit.ts";
import { listen } from "#server/http.ts";

const ROOT = join(import.meta.dirname, "..");
const MAIN = join(import.meta.dirname, "main.ts");
const COMPILE_CACHE = join(ROOT, "node_modules/.cache/heliograph");
/** An editor writes a file in several steps, a branch switch many files. */
const SETTLE_MS = 40;
/** After this a server that does not stop is ended by force. */
const STOP_MS = 8_000;
const NEXT_RELOADS = /(^|\/)(ui|client|app)\/|\.(tsx|css)$/;
const RESTARTS = /\.(ts|mjs|json|sql)$/;

type State = "starting" | "up" | "failed" | "stopping";

let state: State = "starting";
let server: ChildProcess | null = null;
let changed = false;
let everReady = false;
let postgres: Promise<EmbeddedPostgres> | null = null;
const waiting: Socket[] = [];

async function develop(): Promise<void> {
  const source = { ...readProcessEnv(), NODE_ENV: "development" as const };
  const env = parseEnv(source);
  // First of all: two people in one folder learn at once that the port is taken.
  const door = createServer({ pauseOnConnect: true }, admit);
  const port = await listen(door, env);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
  await startServer();
  watchFiles(() => {
    if (state === "stopping") return;
    changed = true;
    if (server) replaceServer(server);
    // Without a server one is about to be started, with the files as they are by then; unless the last one failed.
    else if (state === "failed") void exitOnFailure(startServer());
  });

  async function startServer(): Promise<void> {
    if (isStopping()) return;
    state = "starting";
    // Asked for at every start: whoever ends it by hand, or restarts the machine's containers, finds it running again.
    if (env.databaseUrl === "") postgres = startEmbeddedPostgres({ dataDir: join(ROOT, ".data") });
    const embedded = await postgres;
    if (isStopping()) return;
    changed = false;
    const since = performance.now();
    const child = fork(MAIN, ["--supervised"], {
      env: {
        ...source,
        ...nextFolders(port),
        PORT: String(port),
        DATABASE_URL: embedded?.url ?? env.databaseUrl,
        SEED: "demo",
        // A third of a restart is reading unchanged files again.
        NODE_COMPILE_CACHE: COMPILE_CACHE,
      },
      stdio: "inherit",
    });
    server = child;
    let refused = false;
    child.on("message", (message: { type: "ready"; signIn: string } | { type: "refused" }) => {
      if (message.type === "refused") refused = true;
      else if (server === child && state === "starting") greet(port, message.signIn, embedded?.url ?? null, performance.now() - since);
    });
    child.once("exit", () => {
      server = null;
      if (state === "stopping") return;
      if (changed) return void exitOnFailure(startServer());
      // A wrong setting at the very start is for the person at the terminal; after that an edit may be what broke it.
      if (refused && !everReady) return void stop(1);
      state = "failed";
      console.error("The server has stopped, see above. It starts again at the next change of a file.");
      for (const socket of waiting.splice(0)) apologise(socket);
    });
  }

  async function stop(exitCode: number): Promise<void> {
    if (state === "stopping") return; // the same signal comes twice under pnpm
    state = "stopping";
    door.close();
    if (server) await end(server);
    for (const socket of waiting.splice(0)) socket.destroy();
    await (await postgres)?.release();
    process.exit(exitCode);
  }
}

/** A function, because it changes while others are awaited, which the compiler does not see. */
const isStopping = () => state === "stopping";

function admit(socket: Socket): void {
  socket.on("error", () => {}); // it may be reset while it waits
  if (state === "failed") apologise(socket);
  // It may be gone a moment before anybody knows.
  else if (state === "up" && server?.connected) server.send("connection", socket, (error) => error && socket.destroy());
  else waiting.push(socket);
}

/** @param database the embedded one's address, for whoever wants to look inside; null: their own, which they know */
function greet(port: number, signIn: string, database: string | null, ms: number): void {
  state = "up";
  for (const socket of waiting.splice(0)) if (!socket.destroyed) admit(socket);
  const took = `${(ms / 1000).toFixed(1)} s`;
  if (everReady) console.log(`The server is running again after ${took}.`);
  else {
    const lines = [`Heliograph   http://localhost:${port}   (ready in ${took})`, `Sign in as   ${signIn}`];
    if (database !== null) lines.push(`Database     ${database}`);
    console.log(`\n${lines.map((line) => `  ${line}\n`).join("")}`);
  }
  everReady = true;
}

function replaceServer(child: ChildProcess): void {
  state = "starting"; // from here on connections wait for the next one
  void end(child);
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    child.once("exit", () => {
      clearTimeout(force);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

/** Browsers and scripts alike: the connection is fine, the server behind it is not. */
function apologise(socket: Socket): void {
  const body =
    "<!doctype html><meta http-equiv=refresh content=1><p>The server has stopped: the reason is in the terminal. This page tries again.";
  const head = ["HTTP/1.1 503 Service Unavailable", "Content-Type: text/html", `Content-Length: ${body.length}`, "Connection: close"];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.resume();
}

/**
 * Next allows one development server per folder and rewrites the tsconfig to name that folder. So every port but the usual one has
 * its own of both, ignored by git. The tsconfig is not inside the folder, where Turbopack does not look.
 */
function nextFolders(port: number): Record<string, string> {
  if (port === 3000) return {};
  const folder = `.next-${port}`;
  const tsconfig = `.next-tsconfig/${port}.json`;
  mkdirSync(join(ROOT, ".next-tsconfig"), { recursive: true });
  const include = ["../src/**/*.ts", "../src/**/*.tsx", `../${folder}/types/**/*.ts`, `../${folder}/dev/types/**/*.ts`];
  writeFileSync(join(ROOT, tsconfig), JSON.stringify({ extends: "../tsconfig.json", include }, null, 2));
  return { NEXT_DIST_DIR: folder, NEXT_TSCONFIG: tsconfig };
}

function watchFiles(onChange: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  for (const folder of ["src", "drizzle"]) {
    const watcher = watch(join(ROOT, folder), { recursive: true }, (_, file) => {
      const path = file?.replaceAll("\\", "/") ?? "";
      if (!RESTARTS.test(path) || NEXT_RELOADS.test(path)) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, SETTLE_MS);
    });
    // Usually the system's limit of watched files; everything but restarting by itself goes on.
    watcher.on("error", (error) => console.error(`Changes in ${folder}/ are not seen (${error.message}): restart by hand after an edit.`));
  }
}

ignoreBrokenPipes();
await exitOnFailure(develop());
