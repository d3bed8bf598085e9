/**
 * What one running process has in its hands. Everything that lives hangs on this object and is passed down; nothing is a
 * module-level singleton, so a test runs two instances in one process.
 */
import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { createRealtime, Presence, type Realtime } from "#realtime/index.ts";
import { withDeadline } from "#realtime/timing.ts";
import { type Access, createAccess } from "./access.ts";
import { type Attempts, createAttempts } from "./attempts.ts";
import { explainConnectionFailure, FIRST_ANSWER_MS } from "./connection-failure.ts";
import { createDatabase, type Database, plainUrl } from "./db.ts";
import type { Env } from "./env.ts";
import { createHooks, type Hooks } from "./hooks.ts";
import { createJobs, type Jobs } from "./jobs.ts";
import type { Logger } from "./logger.ts";
import { createMailer, type Mailer } from "./mail.ts";
import { enqueueEdges } from "./online.ts";

export interface Runtime {
  readonly env: Env;
  /** New at every start; people see it in the connection popover, and a run names it as its worker. */
  readonly instanceId: string;
  readonly log: Logger;
  readonly db: Database;
  readonly realtime: Realtime;
  readonly jobs: Jobs;
  /** Who is where. */
  readonly presence: Presence;
  readonly access: Access;
  /** How often something was tried, over all processes. */
  readonly attempts: Attempts;
  readonly mailer: Mailer;
  /** What features have done with what other features do. */
  readonly hooks: Hooks;
}

/** A runtime that is started, and stops in the right order: who uses something is closed before it. */
export interface RunningRuntime extends AsyncDisposable {
  readonly runtime: Runtime;
  close(): Promise<void>;
}

/**
 * Connects and starts everything below the features. The database must be migrated.
 * @throws what the first failing part throws, after the parts before it were closed again
 */
export async function startRuntime(env: Env, log: Logger): Promise<RunningRuntime> {
  await using opened = new AsyncDisposableStack();
  // Whoever gives a second, direct address says that the first has something in between.
  const pooled = env.directUrl !== env.databaseUrl;
  const { db, close } = createDatabase(env.databaseUrl, { max: env.databasePoolSize, pooled });
  opened.defer(close);
  // What migrates goes by DIRECT_URL, and tells nothing of this one.
  await withDeadline(db.execute(sql`select 1`), FIRST_ANSWER_MS).catch((error) => {
    throw explainConnectionFailure("DATABASE_URL", env.databaseUrl, error, false) ?? error;
  });
  const realtime = createRealtime({
    url: plainUrl(env.databaseUrl),
    directUrl: env.directUrl,
    mode: env.realtimeMode,
    logger: log,
    onUnknownEvent: (topic, type) => log.warn(`A newer version published "${type}" on ${topic}; update this instance to show it.`),
  });
  opened.defer(() => realtime.close());
  await realtime.start();
  const jobs = createJobs({ connectionString: env.directUrl, role: env.role, log, realtime });
  await jobs.start();
  opened.defer(() => jobs.stop());
  const hooks = createHooks();
  const presence = new Presence({ realtime, db, logger: log, onEdges: enqueueEdges(jobs, hooks) });
  await presence.start();
  opened.defer(() => presence.close());
  const mailer = createMailer({ env, db, log });
  opened.defer(() => mailer.close());
  const access = createAccess({ realtime, db, log });
  opened.defer(() => access.close());

  const runtime: Runtime = {
    env,
    instanceId: randomBytes(4).toString("hex"),
    log,
    db,
    realtime,
    jobs,
    presence,
    access,
    attempts: createAttempts(db),
    mailer,
    hooks,
  };
  const owned = opened.move();
  const end = () => owned.disposeAsync();
  return { runtime, close: end, [Symbol.asyncDispose]: end };
}
