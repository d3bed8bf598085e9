/** The API of workflows. Who may call what is the table in permissions.ts. */
import { z } from "zod";
import { guard, live } from "#server/live.ts";
import { largeInput, protectedProcedure, router } from "#server/trpc.ts";
import { workflowListTopic, workflowTopic } from "./events.ts";
import { workflowExamples } from "./examples.ts";
import { listWorkflows } from "./list.ts";
import { listMembers, shareWorkflow, sharingLimit, uninvite, unshareWorkflow } from "./members.ts";
import { workflowRole } from "./permissions.ts";
import { removeWorkflow } from "./removal.ts";
import { assertCanViewWorkflow } from "./roles.ts";
import {
  contentToStartFrom,
  createOwnWorkflow,
  duplicateWorkflow,
  getWorkflow,
  readContent,
  renameWorkflow,
  setWorkflowActive,
} from "./service.ts";
import { emailAddress, workflowName } from "./text.ts";
import { readWorkflow, writeWorkflow } from "./transfer.ts";

// Ids have one spelling: Postgres would find the row by the same one in capitals, and what is published then would reach nobody.
const byId = z.object({ workflowId: z.uuid().lowercase() });
const from = z.union([z.literal("empty"), z.enum(workflowExamples.map(({ key }) => key)), z.uuid().lowercase()]);

const canView = guard(byId, async (ctx, { workflowId }) => {
  await assertCanViewWorkflow(ctx.runtime.db, { workflowId, userId: ctx.session.userId });
  return workflowId;
});

/** Everybody may read their own. Loose: the type of an empty object would take no `lastEventId` beside it. */
const ownList = guard(z.looseObject({}), async (ctx) => ctx.session.userId);

/**
 * No guard: it names who asks for which workflow, and lets everybody through. The role is asked for by each service that gets the
 * `caller`: by a change in its own transaction (`changeWorkflow`), where nobody can take it away meanwhile.
 */
const ofWorkflow = protectedProcedure
  .input(byId)
  .use(({ ctx, input, next }) => next({ ctx: { caller: { workflowId: input.workflowId, userId: ctx.session.userId } } }));

export const workflowRouter = router({
  /** One's workflows by name, with the position from which `onList` goes on. */
  list: protectedProcedure.query(({ ctx }) => listWorkflows(ctx.runtime, ctx.session.userId)),

  get: ofWorkflow.query(({ ctx: { runtime, caller } }) => getWorkflow(runtime, caller)),

  create: protectedProcedure
    .input(z.object({ name: workflowName, from: from.default("empty") }))
    .mutation(async ({ ctx: { runtime, session }, input: { name, from } }) => {
      const { description, graph } = await contentToStartFrom(runtime, session.userId, from);
      return createOwnWorkflow(runtime, session.userId, { name, description, graph });
    }),

  duplicate: ofWorkflow.mutation(({ ctx: { runtime, caller } }) => duplicateWorkflow(runtime, caller)),

  /** `json`: what `exportJson` gave, as text or parsed. */
  importJson: protectedProcedure
    .meta(largeInput)
    .input(z.object({ json: z.unknown() }))
    .mutation(({ ctx: { runtime, session }, input: { json } }) => createOwnWorkflow(runtime, session.userId, readWorkflow(json))),

  exportJson: ofWorkflow.query(async ({ ctx: { runtime, caller } }) => ({ json: writeWorkflow(await readContent(runtime, caller)) })),

  rename: ofWorkflow
    .input(z.object({ name: workflowName }))
    .mutation(({ ctx: { runtime, caller }, input: { name } }) => renameWorkflow(runtime, caller, name)),

  setActive: ofWorkflow
    .input(z.object({ active: z.boolean() }))
    .mutation(({ ctx: { runtime, caller }, input: { active } }) => setWorkflowActive(runtime, caller, active)),

  remove: ofWorkflow.mutation(({ ctx: { runtime, caller } }) => removeWorkflow(runtime, caller)),

  members: ofWorkflow.query(({ ctx: { runtime, caller } }) => listMembers(runtime, caller)),

  share: ofWorkflow
    .input(z.object({ email: emailAddress, role: workflowRole, onlyNew: z.boolean().optional() }))
    .mutation(async ({ ctx: { runtime, caller }, input: { email, role, onlyNew } }) => {
      await runtime.attempts.take(sharingLimit, caller.userId);
      return { status: await shareWorkflow(runtime, caller, { email, role, onlyNew }) };
    }),

  unshare: ofWorkflow
    .input(z.object({ userId: z.uuid().lowercase() }))
    .mutation(({ ctx: { runtime, caller }, input: { userId } }) => unshareWorkflow(runtime, caller, userId)),

  uninvite: ofWorkflow
    .input(z.object({ email: emailAddress }))
    .mutation(({ ctx: { runtime, caller }, input: { email } }) => uninvite(runtime, caller, email)),

  onChange: live(workflowTopic, canView),
  onList: live(workflowListTopic, ownList),
});
