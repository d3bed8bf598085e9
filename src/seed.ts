/**
 * The demo's people and workflows, for development and browser tests. Every part is idempotent, so it runs at each start.
 *
 * By hand: `SEED=demo node src/seed.ts` with DATABASE_URL set. Production never gets here: the accounts' password is public.
 */
import { seedAccounts } from "#features/account/index.ts";
import { seedWorkflows } from "#features/workflow/index.ts";
import { parseEnv, readProcessEnv } from "#server/env.ts";
import { exitOnFailure } from "#server/exit.ts";
import { createLogger } from "#server/logger.ts";
import { type Runtime, startRuntime } from "#server/runtime.ts";
import { StartupError } from "#server/startup-error.ts";
import { migrateDatabase } from "./migrate.ts";

/** @throws StartupError in production, whoever asks */
export async function seedDemo(runtime: Runtime): Promise<void> {
  if (runtime.env.nodeEnv === "production") throw new StartupError("The demo accounts have a public password: production is never seeded.");
  await seedAccounts(runtime);
  await seedWorkflows(runtime);
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
  await seedDemo(running.runtime);
}

if (import.meta.main) await exitOnFailure(seedByHand());
