/**
 * Finds runs that nobody has: those whose worker died or was given back, and queued ones whose job was lost with the worker that
 * had just taken it. Every worker looks; the claim decides who gets one.
 */
import { and, asc, eq, isNull, notInArray, or, sql } from "drizzle-orm";
import type { Runtime } from "#server/runtime.ts";
import { type ExecutionJob, unclaimed } from "./claim.ts";
import { execution } from "./schema.ts";

/** A queued run younger than this is still its job's business. */
const JOB_GRACE_SECONDS = 5;

export interface RecoveryOptions {
  readonly limit: number;
  /** People whose runs are not looked for now. */
  readonly without: readonly string[];
}

/** The longest waiting first. */
export async function findUnclaimed({ db }: Pick<Runtime, "db">, { limit, without }: RecoveryOptions): Promise<ExecutionJob[]> {
  const overdue = sql`${execution.createdAt} < now() - make_interval(secs => ${JOB_GRACE_SECONDS})`;
  return db
    .select({ executionId: execution.id, startedBy: execution.startedBy })
    .from(execution)
    .where(
      and(
        unclaimed,
        or(eq(execution.status, "running"), overdue),
        or(isNull(execution.startedBy), notInArray(execution.startedBy, [...without])),
      ),
    )
    .orderBy(asc(execution.createdAt))
    .limit(limit);
}
