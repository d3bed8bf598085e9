/** A process's runtime without features: engine, jobs, access, database. */
import { parseEnv } from "#server/env.ts";
import { createLogger } from "#server/logger.ts";
import { type Runtime, startRuntime } from "#server/runtime.ts";

export interface App extends AsyncDisposable {
  readonly runtime: Runtime;
  /** What it logged as warnings and errors, for failures' messages. */
  readonly log: string[];
}

/** A process's runtime without a worker, in this process. */
export async function startApp(url: string, variables: Record<string, string> = {}): Promise<App> {
  const log: string[] = [];
  const env = parseEnv({ NODE_ENV: "test", DATABASE_URL: url, ...variables });
  const running = await startRuntime(env, createLogger({ format: "json", write: (line) => void log.push(line) }));
  return { runtime: running.runtime, log, [Symbol.asyncDispose]: () => running.close() };
}
