/** Who may do what with which workflow. Guards and services ask here; the table is in permissions.ts. */
import { and, eq, isNull } from "drizzle-orm";
import type { RealtimeTransaction } from "#realtime/index.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { type WorkflowAction, type WorkflowRole, workflowPermissions } from "./permissions.ts";
import { workflow, workflowMember } from "./schema.ts";

/** Who asks for which workflow. */
export interface WorkflowCaller {
  readonly workflowId: string;
  readonly userId: string;
}

/** Something that can be asked: the database, or a transaction on it. */
type Queryable = Pick<Runtime["db"], "select">;

const verbs: Record<WorkflowAction, string> = { view: "see", run: "run", edit: "change", manage: "manage" };

/** @throws AppError NOT_FOUND when the caller is no member */
export async function assertCanViewWorkflow(db: Queryable, caller: WorkflowCaller): Promise<WorkflowRole> {
  return assertRole(db, caller, "view");
}

/** @throws AppError NOT_FOUND when the caller is no member, FORBIDDEN when a viewer */
export async function assertCanRunWorkflow(db: Queryable, caller: WorkflowCaller): Promise<WorkflowRole> {
  return assertRole(db, caller, "run");
}

/** The role of the caller, when it allows the action. @throws AppError NOT_FOUND or FORBIDDEN */
export async function assertRole(db: Queryable, caller: WorkflowCaller, action: WorkflowAction): Promise<WorkflowRole> {
  const [member] = await db
    .select({ role: workflowMember.role })
    .from(workflowMember)
    .where(and(eq(workflowMember.workflowId, caller.workflowId), eq(workflowMember.userId, caller.userId)));
  if (!member) throw unknownWorkflow(caller.workflowId);
  if (!workflowPermissions[member.role][action])
    throw new AppError(
      "FORBIDDEN",
      `As ${member.role} you may not ${verbs[action]} workflow ${caller.workflowId}. Ask an owner for a role that may.`,
    );
  return member.role;
}

/** The same for a workflow that is not there and for one of somebody else's: who may not see it may not learn that it exists. */
export function unknownWorkflow(workflowId: string): AppError {
  return new AppError("NOT_FOUND", `There is no workflow ${workflowId}, or you are not a member of it.`);
}

export type WorkflowRow = typeof workflow.$inferSelect;

/**
 * Keeps others from changing the workflow or its members until the transaction ends, so that what is checked stays true. Runs
 * may begin meanwhile, except with the strength "update". Null when it is not there, or has been removed.
 */
export async function lockWorkflow(
  tx: RealtimeTransaction,
  workflowId: string,
  strength: "no key update" | "update" = "no key update",
): Promise<WorkflowRow | null> {
  const [row] = await tx
    .select()
    .from(workflow)
    .where(and(eq(workflow.id, workflowId), isNull(workflow.removedAt)))
    .for(strength);
  return row ?? null;
}
