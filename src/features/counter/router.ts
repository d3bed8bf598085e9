/** The API of the counter: a snapshot, a change, and the subscription that keeps the snapshot true. */
import { z } from "zod";
import { guard, live } from "#server/live.ts";
import { protectedProcedure, router } from "#server/trpc.ts";
import { counterId, counterTopic, MAX_STEP } from "./events.ts";
import { addToCounter, readCounter } from "./service.ts";

const byId = z.object({ counterId });

/**
 * Who may read which stream. Whoever is signed in may read the counter; where that is not enough, ask the database here and throw
 * an AppError. It answers with the id of the stream, and runs again when the reader's access changes.
 */
const canView = guard(byId, async (_, input) => input.counterId);

export const counterRouter = router({
  get: protectedProcedure.input(byId).query(({ ctx, input }) => readCounter(ctx.runtime, input.counterId)),

  add: protectedProcedure
    .input(byId.extend({ by: z.int().min(-MAX_STEP).max(MAX_STEP) }))
    .mutation(({ ctx, input }) => addToCounter(ctx.runtime, { ...input, userName: ctx.session.name })),

  onChange: live(counterTopic, canView),
});
