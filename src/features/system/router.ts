/** What the process says about itself; for the connection indicator. */
import { sql } from "drizzle-orm";
import type { Runtime } from "#server/runtime.ts";
import { publicProcedure, router } from "#server/trpc.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { createDatabaseProbe } from "./database-probe.ts";

const probes = new WeakMap<Runtime, () => Promise<boolean>>();

/** One for all who ask a process. */
function databaseAnswers(runtime: Runtime): Promise<boolean> {
  const probe = probes.get(runtime) ?? createDatabaseProbe(() => runtime.db.execute(sql`select 1`));
  probes.set(runtime, probe);
  return probe();
}

export const systemRouter = router({
  /** Public: a signed-out page shows which server it reached. */
  info: publicProcedure.query(async ({ ctx }) => {
    const realtime = ctx.runtime.realtime.status();
    return {
      instanceId: ctx.runtime.instanceId,
      version: packageJson.version,
      realtime: { mode: realtime.mode, connected: realtime.connected },
      /** Whether it answers: a socket stays open, and its pings are answered, by a server that can read nothing. */
      database: await databaseAnswers(ctx.runtime),
    };
  }),

  /** Answers at once, without the database: for measuring a round trip. */
  ping: publicProcedure.query(() => ({ at: new Date() })),
});
