/** Old runs go, with all that flowed through them: nothing else would ever free what they hold. */
import { inArray, sql } from "drizzle-orm";
import type { RealtimeTransaction } from "#realtime/index.ts";
import type { Runtime } from "#server/runtime.ts";
import { executionControlTopic, executionTopic } from "./events.ts";
import { execution } from "./schema.ts";

/** A run that has ended goes when it is older than this, or when its workflow has so many newer ones. */
const MAX_AGE_DAYS = 30;
const MAX_RUNS_KEPT = 200;

/** Runs deleted in one transaction. */
export const MAX_DELETED = 25;

/** @returns how many it deleted; `MAX_DELETED` when there may be more */
export async function deleteOldRuns({ realtime, db }: Pick<Runtime, "realtime" | "db">): Promise<number> {
  return realtime.transaction(db, async (tx) => {
    const rank = sql`row_number() over (partition by ${execution.workflowId} order by ${execution.createdAt} desc, ${execution.id} desc)`;
    const ranked = tx
      .select({ id: execution.id, rank: rank.as("rank") })
      .from(execution)
      .as("ranked");
    const newerEnough = sql`${ranked.rank} <= ${MAX_RUNS_KEPT}`;
    const youngEnough = sql`${execution.finishedAt} >= now() - make_interval(days => ${MAX_AGE_DAYS})`;
    const rows = await tx
      .select({ id: execution.id })
      .from(execution)
      .innerJoin(ranked, sql`${ranked.id} = ${execution.id}`)
      .where(sql`${execution.finishedAt} is not null and not (${newerEnough} and ${youngEnough})`)
      .limit(MAX_DELETED)
      // Another worker's retention has the others.
      .for("update", { of: execution, skipLocked: true });
    const ids = rows.map(({ id }) => id);
    await deleteRunsById(tx, ids);
    return ids.length;
  });
}

/** The rows, what flowed through them, and their streams. */
export async function deleteRunsById(tx: RealtimeTransaction, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.delete(execution).where(inArray(execution.id, [...ids]));
  for (const id of ids) {
    await tx.forget(executionTopic, id);
    await tx.forget(executionControlTopic, id);
  }
}
