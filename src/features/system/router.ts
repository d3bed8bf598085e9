/** What the process says about itself; for the connection indicator. */
import { publicProcedure, router } from "#server/trpc.ts";
import packageJson from "../../../package.json" with { type: "json" };

export const systemRouter = router({
  /** Public: a signed-out page shows which server it reached. */
  info: publicProcedure.query(({ ctx }) => {
    const realtime = ctx.runtime.realtime.status();
    return {
      instanceId: ctx.runtime.instanceId,
      version: packageJson.version,
      realtime: { mode: realtime.mode, connected: realtime.connected },
    };
  }),

  /** Answers at once, without the database: for measuring a round trip. */
  ping: publicProcedure.query(() => ({ at: new Date() })),
});
