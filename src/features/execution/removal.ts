/** What becomes of a workflow's runs when it is removed: they are cancelled with it, and deleted once they have ended. */
import { and, eq, inArray } from "drizzle-orm";
import { type Removal, workflowPurging, workflowRemoving } from "#features/workflow/index.ts";
import type { RealtimeTransaction } from "#realtime/index.ts";
import type { Runtime } from "#server/runtime.ts";
import { executionListTopic } from "./events.ts";
import { deleteRunsById, MAX_DELETED } from "./retention.ts";
import { execution } from "./schema.ts";
import { cancelLocked } from "./service.ts";

const open = inArray(execution.status, ["queued", "running"]);

/** Call it once per process, before anything is served. */
export function connectExecutions({ hooks }: Pick<Runtime, "hooks">): void {
  hooks.on(workflowRemoving, cancelRuns);
  hooks.on(workflowPurging, deleteRuns);
}

async function cancelRuns(tx: RealtimeTransaction, { workflowId, byUserId }: Removal): Promise<void> {
  const at = new Date();
  const rows = await tx
    .select()
    .from(execution)
    .where(and(eq(execution.workflowId, workflowId), open))
    .orderBy(execution.id)
    .for("update");
  for (const row of rows) await cancelLocked(tx, row, byUserId, at);
}

/** @returns whether none is left; a run that has not ended still needs its row and its stream */
async function deleteRuns(tx: RealtimeTransaction, workflowId: string): Promise<boolean> {
  const ofWorkflow = eq(execution.workflowId, workflowId);
  if ((await tx.$count(execution, and(ofWorkflow, open))) > 0) return false;
  const rows = await tx.select({ id: execution.id }).from(execution).where(ofWorkflow).limit(MAX_DELETED);
  const ids = rows.map(({ id }) => id);
  await deleteRunsById(tx, ids);
  if (ids.length === MAX_DELETED) return false;
  await tx.forget(executionListTopic, workflowId);
  return true;
}
