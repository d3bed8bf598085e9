/** The API of workflows. */
import { z } from "zod";
import { guard, live } from "#server/live.ts";
import { protectedProcedure, router } from "#server/trpc.ts";
import { workflowTopic } from "./events.ts";
import { assertCanViewWorkflow, getWorkflow, listWorkflows, renameWorkflow, WORKFLOW_NAME_MAX } from "./service.ts";

const byId = z.object({ workflowId: z.uuid() });

const canView = guard(byId, async (ctx, { workflowId }) => {
  await assertCanViewWorkflow(ctx.runtime.db, { workflowId, userId: ctx.session.userId });
  return workflowId;
});

export const workflowRouter = router({
  list: protectedProcedure.query(async ({ ctx }) => ({ items: await listWorkflows(ctx.runtime, ctx.session.userId) })),

  get: protectedProcedure.input(byId).query(({ ctx, input }) => getWorkflow(ctx.runtime, { ...input, userId: ctx.session.userId })),

  rename: protectedProcedure
    .input(byId.extend({ name: z.string().trim().min(1).max(WORKFLOW_NAME_MAX) }))
    .mutation(async ({ ctx, input }) => {
      await renameWorkflow(ctx.runtime, { workflowId: input.workflowId, userId: ctx.session.userId }, input.name);
    }),

  onChange: live(workflowTopic, canView),
});
