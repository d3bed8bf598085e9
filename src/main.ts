/**
 * The process: wiring, order of start, signals, ordered shutdown. Nothing imports it.
 *
 * Everything is started bottom up and put on one stack, which takes it down top first: no new connections, then workers and sockets,
 * then requests under way, then pages, then the engine (which stores what is still queued), then the database. Without
 * NODE_ENV this is production; `dev.ts` starts it with `--supervised` and owns the port.
 */
import "./require-node.mjs";
import type { Socket } from "node:net";
import { sql } from "drizzle-orm";
import { createAccountGateway, demoAccounts, demoPassword } from "#features/account/index.ts";
import { createAuth } from "#server/auth.ts";
import { type Context, createHttpContext } from "#server/context.ts";
import { configureLibraries, type Env, parseEnv, readProcessEnv } from "#server/env.ts";
import { ignoreBrokenPipes, printFailure } from "#server/exit.ts";
import { createHttpServer } from "#server/http.ts";
import { createLogger } from "#server/logger.ts";
import { setServerBridge } from "#server/next.ts";
import { startNext } from "#server/next-app.ts";
import { type Background, startParts } from "#server/part.ts";
import { startRuntime } from "#server/runtime.ts";
import { createIdentify } from "#server/socket-visitor.ts";
import { StartupError } from "#server/startup-error.ts";
import { createErrorReporter } from "#server/trpc.ts";
import { createSocketServer } from "#ws/accept.ts";
import { migrateDatabase } from "./migrate.ts";
import { parts } from "./parts.ts";
import { appRouter } from "./router.ts";
import { seedExamples } from "./seed.ts";

/** What one shutdown may take in all; orchestrators usually kill after 30 s. */
const SHUTDOWN_MS = 20_000;
/** Development restarts at every edit and people wait for it; in production clients are told one by one. */
const DRAIN = { development: { spreadMs: 0, graceMs: 200 }, production: { spreadMs: 2_000, graceMs: 2_000 } };
/** For requests under way; in development one may be a page that is being compiled. */
const REQUEST_GRACE_MS = 5_000;

const supervised = process.argv.includes("--supervised");

async function start(env: Env): Promise<AsyncDisposableStack> {
  if (env.databaseUrl === "") throw new StartupError("DATABASE_URL is missing: `pnpm dev` starts a Postgres of its own and sets it.");
  const log = createLogger({ format: env.nodeEnv === "production" ? "json" : "human" });
  const drain = DRAIN[env.nodeEnv === "production" ? "production" : "development"];

  await using started = new AsyncDisposableStack();
  // Beside the database: either takes about as long. Nothing is served before both are there.
  const nextStarting = env.role === "worker" ? null : startNext(env);
  nextStarting?.catch(() => {}); // awaited below, or the database's failure is the one to tell
  await migrateDatabase(env.directUrl, { name: env.directUrl === env.databaseUrl ? "DATABASE_URL" : "DIRECT_URL" });
  const { runtime } = started.use(await startRuntime(env, log));
  const { access, db, realtime } = runtime;
  realtime.retain(parts.flatMap(({ topics = [] }) => topics));
  for (const part of parts) part.connect?.(runtime);
  if (env.seed) await seedExamples(runtime);

  const auth = createAuth({ env, access, log, accounts: createAccountGateway(runtime) });
  const sources = { runtime, sessions: auth };
  const reportError = createErrorReporter(log);
  setServerBridge({
    readSession: (cookie) => auth.readSession(cookie),
    authOptionsFor: auth.optionsFor,
    info: {
      instanceId: runtime.instanceId,
      development: env.nodeEnv === "development",
      mails: runtime.mailer.enabled,
      providers: auth.providers,
    },
    readKeptMails: () => (env.nodeEnv === "development" ? runtime.mailer.kept() : null),
  });
  const pages = nextStarting && started.adopt(await nextStarting, (next) => next.close());
  const sockets = createSocketServer({
    router: appRouter,
    identify: createIdentify(sources),
    publicUrl: env.publicUrl,
    // The socket server knows no more of a context than that there is one; it is the one `identify` made.
    onError: ({ error, path, ctx }) => reportError({ error, path, ctx: ctx as Context | undefined }),
  });
  let background: Background | null = null;
  const http = createHttpServer({
    env,
    log,
    router: appRouter,
    createContext: createHttpContext(sources),
    pages,
    handleSocket: env.role === "worker" ? null : sockets.handleUpgrade,
    checkDatabase: () => db.execute(sql`select 1`),
    metrics: () => ({ ...realtime.metrics(), ...runtime.presence.metrics(), ...sockets.metrics(), ...background?.metrics?.() }),
  });
  started.defer(() => http.close(REQUEST_GRACE_MS));

  if (supervised) process.on("message", (_, socket: Socket | undefined) => socket && http.accept(socket));
  const port = supervised ? env.port : await http.listen();
  started.defer(async () => {
    http.stopAccepting();
    await Promise.all([background?.stop(), sockets.drain(drain)]);
  });
  background = await startParts(parts, runtime, env.role === "worker" ? null : `http://127.0.0.1:${port}`);
  if (!supervised) log.info(`Serving on http://${env.host ?? "localhost"}:${port}`, { instance: runtime.instanceId, role: env.role });
  return started.move();
}

let running: AsyncDisposableStack | null = null;
let stopping = false;
let exitCode = 0;

async function stop(code: number): Promise<void> {
  // Also of a stop that is under way: whoever supervises us learns that it was not in order.
  exitCode = Math.max(exitCode, code);
  // The same signal comes twice under pnpm (once to the group, once passed on).
  if (stopping) return;
  stopping = true;
  // Nothing is served and nothing taken before the end of the start, so there is nothing to hand over.
  if (running === null) process.exit(exitCode);
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
  try {
    await running.disposeAsync();
  } catch (error) {
    printFailure(error);
    process.exit(1);
  }
  process.exit(exitCode);
}

ignoreBrokenPipes();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void stop(0));
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    // What state we are in is unknown; what clients and workers hold is safe, so others or the next start go on from there.
    printFailure(error);
    void stop(1);
  });
}
// A supervisor that was killed leaves nobody who could stop us later.
if (supervised) process.on("disconnect", () => void stop(0));

try {
  const source = readProcessEnv();
  const env = parseEnv({ ...source, NODE_ENV: source.NODE_ENV || "production" });
  configureLibraries(env);
  running = await start(env);
  process.send?.({ type: "ready", signIn: `${demoAccounts[0].email} / ${demoPassword}` });
} catch (error) {
  printFailure(error);
  if (error instanceof StartupError) process.send?.({ type: "refused" });
  process.exit(1);
}
