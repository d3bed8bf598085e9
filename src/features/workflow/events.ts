/** What can happen to a workflow, and to the list of one's workflows. */
import { z } from "zod";
import { defineTopic } from "#realtime/topic.ts";
import { workflowRole } from "./permissions.ts";

const DAY_MS = 86_400_000;

/** Who did it; null: the system. */
const byUserId = z.uuid().nullable();

/** One stream per workflow. Every member reads it, so it holds no e-mail addresses: those are for owners. */
export const workflowTopic = defineTopic("workflow", {
  id: z.uuid().lowercase(),
  start: "now",
  retention: { maxAgeMs: 30 * DAY_MS, maxEvents: 10_000 },
  events: {
    workflowCreated: z.object({ name: z.string(), byUserId }),
    workflowRenamed: z.object({ name: z.string(), byUserId }),
    workflowActivated: z.object({ byUserId }),
    workflowDeactivated: z.object({ byUserId }),
    /** Somebody tried; `reason` says in words why it cannot run. It stays as it was. */
    workflowActivationFailed: z.object({ reason: z.string(), byUserId }),
    /** Somebody has this role from now on. `userId` and `name` are null for an invitation, which nobody has accepted yet. */
    workflowShared: z.object({ userId: z.uuid().nullable(), name: z.string().nullable(), role: workflowRole, byUserId }),
    /** Somebody is no member any longer; `userId` null: an invitation was taken back. */
    workflowUnshared: z.object({ userId: z.uuid().nullable(), byUserId }),
    /** The last one. Readers are refused at the same moment, so it is for the history. */
    workflowRemoved: z.object({ byUserId }),
  },
});

/** A row of the list: the workflow as one of its members sees it. */
export const workflowSummary = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  active: z.boolean(),
  /** The reader's own. */
  role: workflowRole,
  updatedAt: z.date(),
  nodeCount: z.int(),
  memberCount: z.int(),
  /** The first few, who are members for longest first; `color` is one of the account feature's names. */
  members: z.array(z.object({ userId: z.uuid(), name: z.string(), color: z.string() })),
});
export type WorkflowSummary = z.infer<typeof workflowSummary>;

/** The workflows of one person; the id is the user's. Written after the commit of what it tells, see list.ts. */
export const workflowListTopic = defineTopic("workflowList", {
  id: z.uuid().lowercase(),
  start: "now",
  retention: { maxAgeMs: DAY_MS, maxEvents: 1_000 },
  events: {
    /** The whole summary as it stands: new in the list, or changed. */
    workflowListed: workflowSummary,
    /** Removed, or no longer shared with this person. */
    workflowUnlisted: z.object({ workflowId: z.uuid() }),
  },
});
