/**
 * The rules of workflows. Every write publishes in its own transaction, so the list of events is the history (LOG1). It takes the
 * workflow's row first and asks for the caller's role after that: a role that is taken away at the same moment is either not
 * taken away yet, or no longer there.
 */
import { and, count, eq } from "drizzle-orm";
import { user } from "#features/account/schema.ts";
import type { Graph } from "#nodes/graph.ts";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { workflowTopic } from "./events.ts";
import { workflowExamples } from "./examples.ts";
import { checkGraph, whyNotRunnable } from "./graph-rules.ts";
import { membersLeft } from "./hooks.ts";
import { WORKFLOW_NAME_MAX } from "./lengths.ts";
import { flushLists, markLists } from "./list.ts";
import type { WorkflowAction, WorkflowRole } from "./permissions.ts";
import type { WorkflowView } from "./reduce.ts";
import { assertCanViewWorkflow, assertRole, lockWorkflow, unknownWorkflow, type WorkflowCaller, type WorkflowRow } from "./roles.ts";
import { workflow, workflowMember } from "./schema.ts";

export type Services = Pick<Runtime, "db" | "realtime" | "log" | "hooks">;

/** More than anybody has; fewer than a script makes before somebody notices. */
const MAX_OWNED = 500;

/** The workflow with the position of its stream at that instant: subscribe from there and nothing is missed or repeated. */
export async function getWorkflow(
  { db, realtime }: Pick<Services, "db" | "realtime">,
  caller: WorkflowCaller,
): Promise<{ view: WorkflowView; position: string }> {
  return realtime.snapshot(db, workflowTopic, caller.workflowId, async (tx) => {
    const [view] = await tx
      .select({
        id: workflow.id,
        name: workflow.name,
        description: workflow.description,
        active: workflow.active,
        graph: workflow.graph,
        userId: workflowMember.userId,
        role: workflowMember.role,
        updatedAt: workflow.updatedAt,
      })
      .from(workflow)
      .innerJoin(workflowMember, and(eq(workflowMember.workflowId, workflow.id), eq(workflowMember.userId, caller.userId)))
      .where(eq(workflow.id, caller.workflowId));
    if (!view) throw unknownWorkflow(caller.workflowId);
    return view;
  });
}

/** Who changes which workflow; null: the system, which may. */
export interface WorkflowActor {
  readonly workflowId: string;
  readonly userId: string | null;
}

/** What a change works with: the row is locked, the actor may do it. */
export interface Change {
  readonly tx: RealtimeTransaction;
  readonly row: WorkflowRow;
  readonly byUserId: string | null;
  /** One instant for the tables and the events. */
  readonly at: Date;
  /** Add who is no member any longer: the change shows in their lists, too, and ends what they do there. */
  readonly left: string[];
}

export interface ChangeOptions {
  /** For a lock that others take before a workflow's row. */
  readonly first?: (tx: RealtimeTransaction) => Promise<void>;
  /** @default "no key update": runs may begin meanwhile */
  readonly strength?: "update";
}

/**
 * Changes a workflow in one transaction, and brings the lists up to date after it.
 * @throws AppError NOT_FOUND or FORBIDDEN when the actor may not, and what `work` throws; nothing is stored then
 */
export async function changeWorkflow<R>(
  services: Services,
  { workflowId, userId }: WorkflowActor,
  action: WorkflowAction,
  work: (change: Change) => Promise<R>,
  options: ChangeOptions = {},
): Promise<R> {
  const result = await services.realtime.transaction(services.db, async (tx) => {
    await options.first?.(tx);
    const row = await lockWorkflow(tx, workflowId, options.strength);
    if (!row) throw unknownWorkflow(workflowId);
    if (userId !== null) await assertRole(tx, { workflowId, userId }, action);
    const change: Change = { tx, row, byUserId: userId, at: new Date(), left: [] };
    const done = await work(change);
    await markLists(tx, workflowId, change.left);
    if (change.left.length > 0) await services.hooks.run(membersLeft, tx, { workflowId, userIds: change.left });
    return done;
  });
  await flushLists(services);
  return result;
}

/** Gives the workflow another name, for everyone. @throws AppError NOT_FOUND or FORBIDDEN */
export async function renameWorkflow(services: Services, caller: WorkflowCaller, name: string): Promise<void> {
  await changeWorkflow(services, caller, "edit", async ({ tx, row, byUserId, at }) => {
    await tx.update(workflow).set({ name, updatedAt: at }).where(eq(workflow.id, row.id));
    tx.publish(workflowTopic, row.id, { type: "workflowRenamed", data: { name, byUserId } }, { at });
  });
}

/** What became of switching a workflow on or off; `reason` says in words why it cannot be on. */
export interface Activation {
  readonly active: boolean;
  readonly reason: string | null;
}

/**
 * Switches the workflow on or off. One that cannot run stays off, which is an answer and an event, not a throw: everyone who
 * looks at it learns why.
 * @throws AppError NOT_FOUND or FORBIDDEN
 */
export async function setWorkflowActive(services: Services, caller: WorkflowCaller, active: boolean): Promise<Activation> {
  return changeWorkflow(services, caller, "edit", async ({ tx, row, byUserId, at }) => {
    if (row.active === active) return { active, reason: null };
    const reason = active ? whyNotRunnable(row.graph) : null;
    if (reason !== null) {
      tx.publish(workflowTopic, row.id, { type: "workflowActivationFailed", data: { reason, byUserId } }, { at });
      return { active: false, reason };
    }
    await tx.update(workflow).set({ active, updatedAt: at }).where(eq(workflow.id, row.id));
    tx.publish(workflowTopic, row.id, { type: active ? "workflowActivated" : "workflowDeactivated", data: { byUserId } }, { at });
    return { active, reason: null };
  });
}

export interface WorkflowContent {
  readonly name: string;
  readonly description: string;
  readonly graph: Graph;
}

export interface NewWorkflow extends WorkflowContent {
  /** Omitted: a new one. With an id that exists, nothing happens. */
  readonly id?: string;
  /** Asked in the transaction that stores it; throws to refuse. */
  readonly first?: (tx: RealtimeTransaction) => Promise<void>;
  readonly members: readonly { readonly userId: string; readonly role: WorkflowRole }[];
}

/**
 * Stores a workflow with its members. Returns its id, or null when there is already one with the given id.
 * @throws AppError INVALID when the graph has problems
 */
export async function createWorkflow(
  services: Omit<Services, "hooks">,
  { id, name, description, graph, members, first }: NewWorkflow,
  byUserId: string | null = null,
): Promise<string | null> {
  const problems = checkGraph(graph);
  if (problems.length > 0)
    throw new AppError("INVALID", `Workflow "${name}" cannot be stored. ${problems.map(({ message }) => message).join(" ")}`);
  const workflowId = await services.realtime.transaction(services.db, async (tx) => {
    await first?.(tx);
    const at = new Date();
    const values = { ...(id !== undefined && { id }), name, description, graph, createdAt: at, updatedAt: at };
    const [created] = await tx.insert(workflow).values(values).onConflictDoNothing().returning({ id: workflow.id });
    if (!created) return null;
    if (members.length > 0) await tx.insert(workflowMember).values(members.map((member) => ({ workflowId: created.id, ...member })));
    tx.publish(workflowTopic, created.id, { type: "workflowCreated", data: { name, byUserId } }, { at });
    await markLists(tx, created.id);
    return created.id;
  });
  await flushLists(services);
  return workflowId;
}

/** Stores a workflow that belongs to one person. @throws AppError INVALID, LIMIT when they own too many, UNAUTHORIZED when they are gone */
export async function createOwnWorkflow(services: Services, userId: string, content: WorkflowContent): Promise<{ workflowId: string }> {
  const members = [{ userId, role: "owner" as const }];
  const workflowId = await createWorkflow(services, { ...content, members, first: (tx) => assertMayOwnMore(tx, userId) }, userId);
  if (workflowId === null) throw new Error("A workflow with a new id was not inserted.");
  return { workflowId };
}

async function assertMayOwnMore(tx: RealtimeTransaction, userId: string): Promise<void> {
  // Of many at once each counts those before it.
  const [account] = await tx.select({ id: user.id }).from(user).where(eq(user.id, userId)).for("no key update");
  if (!account) throw new AppError("UNAUTHORIZED", "This account was deleted.", { reason: "accountDeleted" });
  const [owned] = await tx
    .select({ count: count() })
    .from(workflowMember)
    .where(and(eq(workflowMember.userId, userId), eq(workflowMember.role, "owner")));
  if (owned && owned.count >= MAX_OWNED)
    throw new AppError("LIMIT", `You own ${owned.count} workflows, and ${MAX_OWNED} is the most. Remove some that you no longer need.`);
}

/**
 * What a new workflow begins with.
 * @param from "empty", the key of an example, or the id of a workflow that the user may see
 * @throws AppError NOT_FOUND
 */
export async function contentToStartFrom(
  services: Services,
  userId: string,
  from: string,
): Promise<Pick<WorkflowContent, "description" | "graph">> {
  if (from === "empty") return { description: "", graph: { nodes: [], edges: [] } };
  const example = workflowExamples.find(({ key }) => key === from);
  return example ?? readContent(services, { workflowId: from, userId });
}

/** A copy that belongs to whoever asks; seeing the workflow is enough. @throws AppError NOT_FOUND, LIMIT */
export async function duplicateWorkflow(services: Services, caller: WorkflowCaller): Promise<{ workflowId: string }> {
  const content = await readContent(services, caller);
  return createOwnWorkflow(services, caller.userId, { ...content, name: copyName(content.name) });
}

const COPY = " (copy)";
const copyName = (name: string) => `${name.slice(0, WORKFLOW_NAME_MAX - COPY.length).toWellFormed()}${COPY}`;

/** The workflow without its people and its runs. @throws AppError NOT_FOUND */
export async function readContent({ db }: Pick<Services, "db">, caller: WorkflowCaller): Promise<WorkflowContent> {
  await assertCanViewWorkflow(db, caller);
  const { name, description, graph } = workflow;
  const [content] = await db.select({ name, description, graph }).from(workflow).where(eq(workflow.id, caller.workflowId));
  if (!content) throw unknownWorkflow(caller.workflowId);
  return content;
}
