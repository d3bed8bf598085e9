/** The API of presence. Subscribing is joining: whoever may see a workflow is seen on it for as long as the subscription lasts. */
import { z } from "zod";
import { assertCanViewWorkflow } from "#features/workflow/index.ts";
import { valuesSchema } from "#realtime/room.ts";
import { guard } from "#server/live.ts";
import { liveRoom } from "#server/live-room.ts";
import { protectedProcedure, router } from "#server/trpc.ts";
import { workflowRoom } from "./events.ts";
import { introduce, listOnline, listWhoIsHere, show } from "./service.ts";

/** How many are asked about at once. */
const MAX_ASKED = 200;

const byId = z.object({ workflowId: z.uuid().lowercase() });

const canView = guard(byId, async (ctx, { workflowId }) => {
  await assertCanViewWorkflow(ctx.runtime.db, { workflowId, userId: ctx.session.userId });
  return workflowId;
});

const shown = valuesSchema(workflowRoom).extend({
  workflowId: z.uuid().lowercase(),
  /** Of `onChange`; omitted: the tab that joined by the same socket. */
  tabId: z.uuid().lowercase().optional(),
  /** Grows with every call of the tab; a smaller one that arrives late is ignored. */
  n: z.int().nonnegative().optional(),
});

export const presenceRouter = router({
  /**
   * Joins the workflow's room: first the room, then changes. `tabId` names the tab, so that it is the same one after a reconnect or a
   * reload; joining again by another connection ends the first with CONFLICT.
   */
  onChange: liveRoom(workflowRoom, canView, introduce),

  /** Shows others what the tab does: only the slices that changed, null to take one back. At most 5 a second over HTTP. */
  set: protectedProcedure.input(shown).mutation(({ ctx, input: { workflowId, tabId, n, ...values } }) =>
    show(ctx.runtime, {
      workflowId,
      userId: ctx.session.userId,
      sessionId: ctx.session.sessionId,
      via: ctx.ws,
      tabId: tabId ?? null,
      count: n ?? null,
      values,
    }),
  ),

  /** Which of these people are online, on any device. Whoever shares no workflow with the caller is left out. */
  online: protectedProcedure
    .input(z.object({ userIds: z.array(z.uuid().lowercase()).max(MAX_ASKED) }))
    .query(({ ctx: { runtime, session }, input: { userIds } }) => listOnline(runtime, session.userId, userIds)),

  /** Who is on which of these workflows now; those that the caller may not see are left out. */
  here: protectedProcedure
    .input(z.object({ workflowIds: z.array(z.uuid().lowercase()).max(MAX_ASKED) }))
    .query(({ ctx: { runtime, session }, input: { workflowIds } }) => listWhoIsHere(runtime, session.userId, workflowIds)),
});
