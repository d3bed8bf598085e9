/** The API of runs. Whoever may see a workflow sees its runs; owners and editors start and cancel them. */
import { z } from "zod";
import { assertCanRunWorkflow, assertCanViewWorkflow } from "#features/workflow/index.ts";
import { json, nodeId } from "#nodes/graph.ts";
import { AppError } from "#server/errors.ts";
import { guard, live } from "#server/live.ts";
import { largeInput, type ProtectedContext, protectedProcedure, router } from "#server/trpc.ts";
import { executionListTopic, executionTopic } from "./events.ts";
import { cancelExecution, startExecution } from "./service.ts";
import { getExecution, getNodeOutput, listExecutions, unknownExecution, workflowOf } from "./view.ts";

const byId = z.object({ executionId: z.uuid().lowercase() });
const byWorkflow = z.object({ workflowId: z.uuid().lowercase() });

/** What may be done with a run is asked of its workflow; the answer to a stranger is the one about a run that is not there. */
function ofRun(assertCan: typeof assertCanViewWorkflow) {
  return async ({ runtime, session }: ProtectedContext, executionId: string): Promise<void> => {
    const workflowId = await workflowOf(runtime, executionId);
    try {
      await assertCan(runtime.db, { workflowId, userId: session.userId });
    } catch (error) {
      throw error instanceof AppError && error.code === "NOT_FOUND" ? unknownExecution(executionId) : error;
    }
  };
}

const assertCanView = ofRun(assertCanViewWorkflow);
const assertCanCancel = ofRun(assertCanRunWorkflow);

const canView = guard(byId, async (ctx, { executionId }) => {
  await assertCanView(ctx, executionId);
  return executionId;
});

const canList = guard(byWorkflow, async ({ runtime, session }, { workflowId }) => {
  await assertCanViewWorkflow(runtime.db, { workflowId, userId: session.userId });
  return workflowId;
});

export const executionRouter = router({
  // Room for what is a little too large, too: the service says so in words.
  start: protectedProcedure
    .meta(largeInput)
    .input(byWorkflow.extend({ input: json.optional() }))
    .mutation(async ({ ctx: { runtime, session }, input }) => {
      await assertCanRunWorkflow(runtime.db, { workflowId: input.workflowId, userId: session.userId });
      return startExecution(runtime, { ...input, startedBy: { userId: session.userId, name: session.name } });
    }),

  cancel: protectedProcedure.input(byId).mutation(async ({ ctx, input: { executionId } }) => {
    await assertCanCancel(ctx, executionId);
    await cancelExecution(ctx.runtime, executionId, ctx.session.userId);
  }),

  get: protectedProcedure.input(byId).query(async ({ ctx, input: { executionId } }) => {
    await assertCanView(ctx, executionId);
    return getExecution(ctx.runtime, executionId);
  }),

  list: protectedProcedure.input(byWorkflow).query(async ({ ctx: { runtime, session }, input: { workflowId } }) => {
    await assertCanViewWorkflow(runtime.db, { workflowId, userId: session.userId });
    return listExecutions(runtime, workflowId);
  }),

  /** `cursor`: how many items to pass over; `useInfiniteQuery` fills it in. */
  output: protectedProcedure.input(byId.extend({ nodeId, cursor: z.int().min(0).default(0) })).query(async ({ ctx, input }) => {
    await assertCanView(ctx, input.executionId);
    return getNodeOutput(ctx.runtime, input.executionId, input.nodeId, input.cursor);
  }),

  onProgress: live(executionTopic, canView),
  onList: live(executionListTopic, canList),
});
