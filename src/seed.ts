/**
 * The examples of every part, for development and browser tests. Each is idempotent, so it runs at each start.
 *
 * By hand: `SEED=demo node src/seed.ts` with DATABASE_URL set. Production never gets here: the accounts' password is public.
 */
import { parseEnv, readProcessEnv } from "#server/env.ts";
import { exitOnFailure } from "#server/exit.ts";
import { createLogger } from "#server/logger.ts";
import { type Runtime, startRuntime } from "#server/runtime.ts";
import { StartupError } from "#server/startup-error.ts";
import { migrateDatabase } from "./migrate.ts";
import { parts } from "./parts.ts";

/** @throws StartupError in production, whoever asks */
export async function seedExamples(runtime: Runtime): Promise<void> {
  if (runtime.env.nodeEnv === "production") throw new StartupError("The demo accounts have a public password: production is never seeded.");
  for (const part of parts) await part.seed?.(runtime);
}

async function seedByHand(): Promise<void> {
  const env = parseEnv(readProcessEnv());
  if (!env.seed || env.databaseUrl === "") {
    throw new StartupError(
      "Seeding makes accounts with a public password: say so with SEED=demo, name a DATABASE_URL, and not in production.",
    );
  }
  await migrateDatabase(env.directUrl);
  await using running = await startRuntime({ ...env, role: "web" }, createLogger({ format: "human" }));
  await seedExamples(running.runtime);
}

if (import.meta.main) await exitOnFailure(seedByHand());
