/** The rules of workflows. Every write publishes in its own transaction, so the list of events is the history (LOG1). */
import { and, asc, eq, sql } from "drizzle-orm";
import type { Graph } from "#nodes/graph.ts";
import { accessTopic } from "#server/access.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { workflowTopic } from "./events.ts";
import { checkGraph } from "./graph-rules.ts";
import type { WorkflowRole, WorkflowView } from "./reduce.ts";
import { workflow, workflowMember } from "./schema.ts";

type Services = Pick<Runtime, "db" | "realtime">;

/** A row of the list. */
export interface WorkflowSummary {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly role: WorkflowRole;
  readonly updatedAt: Date;
  readonly nodeCount: number;
}

/** Who asks for which workflow. */
export interface WorkflowCaller {
  readonly workflowId: string;
  readonly userId: string;
}

export const WORKFLOW_NAME_MAX = 120;

/** All workflows of this user, by name. */
export async function listWorkflows({ db }: Services, userId: string): Promise<WorkflowSummary[]> {
  return db
    .select({
      id: workflow.id,
      name: workflow.name,
      description: workflow.description,
      role: workflowMember.role,
      updatedAt: workflow.updatedAt,
      nodeCount: sql<number>`jsonb_array_length(${workflow.graph} -> 'nodes')`,
    })
    .from(workflowMember)
    .innerJoin(workflow, eq(workflow.id, workflowMember.workflowId))
    .where(eq(workflowMember.userId, userId))
    .orderBy(asc(workflow.name), asc(workflow.id));
}

/** The workflow with the position of its stream at that instant: subscribe from there and nothing is missed or repeated. */
export async function getWorkflow({ db, realtime }: Services, caller: WorkflowCaller): Promise<{ view: WorkflowView; position: string }> {
  return realtime.snapshot(db, workflowTopic, caller.workflowId, async (tx) => {
    const [view] = await tx
      .select({
        id: workflow.id,
        name: workflow.name,
        description: workflow.description,
        graph: workflow.graph,
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

/** Gives the workflow another name, for everyone. @throws AppError NOT_FOUND or FORBIDDEN */
export async function renameWorkflow(services: Services, caller: WorkflowCaller, name: string): Promise<void> {
  const at = new Date();
  await services.realtime.transaction(services.db, async (tx) => {
    await assertRole(tx, caller, "edit");
    await tx.update(workflow).set({ name, updatedAt: at }).where(eq(workflow.id, caller.workflowId));
    tx.publish(workflowTopic, caller.workflowId, { type: "workflowRenamed", data: { name, byUserId: caller.userId } }, { at });
  });
}

export interface NewWorkflow {
  /** @default a new one; the demo's are fixed, so that seeding twice makes none twice */
  readonly id?: string;
  readonly name: string;
  readonly description: string;
  readonly graph: Graph;
  readonly members: readonly { readonly userId: string; readonly role: WorkflowRole }[];
}

/**
 * Stores a workflow with its members.
 * @returns its id, or null when there is one with the given id already
 * @throws AppError INVALID naming every problem of the graph
 */
export async function createWorkflow(services: Services, { members, ...values }: NewWorkflow): Promise<string | null> {
  const problems = checkGraph(values.graph);
  if (problems.length > 0)
    throw new AppError("INVALID", `Workflow "${values.name}" cannot be stored. ${problems.map(({ message }) => message).join(" ")}`);
  return services.realtime.transaction(services.db, async (tx) => {
    const [created] = await tx.insert(workflow).values(values).onConflictDoNothing().returning({ id: workflow.id });
    if (!created) return null;
    if (members.length > 0) await tx.insert(workflowMember).values(members.map((member) => ({ workflowId: created.id, ...member })));
    tx.publish(workflowTopic, created.id, { type: "workflowCreated", data: { name: values.name, byUserId: null } });
    return created.id;
  });
}

/** Gives a user a role in the workflow, or another one. Whoever may do less from now on is told so at once. */
export async function setMember(services: Services, member: WorkflowCaller, role: WorkflowRole): Promise<void> {
  await services.realtime.transaction(services.db, async (tx) => {
    await tx
      .insert(workflowMember)
      .values({ ...member, role })
      .onConflictDoUpdate({ target: [workflowMember.workflowId, workflowMember.userId], set: { role } });
    tx.publish(accessTopic, member.userId, { type: "accessChanged", data: {} });
  });
}

/** Takes the workflow away from a user; what they have open of it ends within two seconds (SUB4). */
export async function removeMember(services: Services, member: WorkflowCaller): Promise<void> {
  await services.realtime.transaction(services.db, async (tx) => {
    const removed = await tx
      .delete(workflowMember)
      .where(and(eq(workflowMember.workflowId, member.workflowId), eq(workflowMember.userId, member.userId)))
      .returning({ userId: workflowMember.userId });
    if (removed.length > 0) tx.publish(accessTopic, member.userId, { type: "accessChanged", data: {} });
  });
}

type Action = "view" | "edit" | "run";

const allowed: Record<Action, readonly WorkflowRole[]> = {
  view: ["owner", "editor", "viewer"],
  edit: ["owner", "editor"],
  run: ["owner", "editor"],
};

const verbs: Record<Action, string> = { view: "see", edit: "change", run: "run" };

/** Something that can be asked: the database, or a transaction on it. */
type Queryable = Pick<Runtime["db"], "select">;

/** @throws AppError NOT_FOUND when the caller is no member */
export async function assertCanViewWorkflow(db: Queryable, caller: WorkflowCaller): Promise<WorkflowRole> {
  return assertRole(db, caller, "view");
}

/** @throws AppError NOT_FOUND when the caller is no member, FORBIDDEN when a viewer */
export async function assertCanEditWorkflow(db: Queryable, caller: WorkflowCaller): Promise<WorkflowRole> {
  return assertRole(db, caller, "edit");
}

/** @throws AppError NOT_FOUND when the caller is no member, FORBIDDEN when a viewer */
export async function assertCanRunWorkflow(db: Queryable, caller: WorkflowCaller): Promise<WorkflowRole> {
  return assertRole(db, caller, "run");
}

async function assertRole(db: Queryable, caller: WorkflowCaller, action: Action): Promise<WorkflowRole> {
  const [member] = await db
    .select({ role: workflowMember.role })
    .from(workflowMember)
    .where(and(eq(workflowMember.workflowId, caller.workflowId), eq(workflowMember.userId, caller.userId)));
  if (!member) throw unknownWorkflow(caller.workflowId);
  if (!allowed[action].includes(member.role))
    throw new AppError(
      "FORBIDDEN",
      `As ${member.role} you may not ${verbs[action]} workflow ${caller.workflowId}. Ask an owner for a role that may.`,
    );
  return member.role;
}

/** The same for a workflow that is not there and for one of somebody else's: who may not see it may not learn that it exists. */
function unknownWorkflow(workflowId: string): AppError {
  return new AppError("NOT_FOUND", `There is no workflow ${workflowId}, or you are not a member of it.`);
}
