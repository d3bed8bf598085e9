/**
 * What one running process has in its hands. Everything that lives hangs on this object and is passed down; nothing is a
 * module-level singleton, so a test runs two instances in one process.
 */
import type { Realtime } from "#realtime/index.ts";
import type { Access } from "./access.ts";
import type { Database } from "./db.ts";
import type { Env } from "./env.ts";
import type { Jobs } from "./jobs.ts";
import type { Logger } from "./logger.ts";

export interface Runtime {
  readonly env: Env;
  /** New at every start; people see it in the connection popover, and a run names it as its worker. */
  readonly instanceId: string;
  readonly log: Logger;
  readonly db: Database;
  readonly realtime: Realtime;
  readonly jobs: Jobs;
  readonly access: Access;
}
