/**
 * Finds runs that nobody has: those whose worker died or was given back, and queued ones whose job was lost with the worker that
 * had just taken it. Every worker looks; the claim decides who gets one.
 */
import { and, asc, eq, getTableName, isNull, notInArray, or, sql } from "drizzle-orm";
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

/** A transaction of ours waits for its process so long only if that stands still: longer than a garbage collection, shorter than a lease. */
const STALLED_SECONDS = 5;
const EXECUTION_TABLE = getTableName(execution);

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

/**
 * Ends what keeps a run locked and says nothing any more: a process that is paused in the middle of its transaction, or whose machine is
 * gone without a word. Whoever takes the run over would wait for it for as long as the database does. The database's own time
 * limits were tried and do not do: of a statement of which only the first half came (the driver sends the values later) none
 * of them runs, and it would be waited for until TCP gives up, hours later.
 */
export async function endStalledTransactions({ db }: Pick<Runtime, "db">): Promise<void> {
  await db.execute(sql`
    select pg_terminate_backend(a.pid) from pg_stat_activity a
    where a.datname = current_database() and a.usename = current_user and a.application_name = current_setting('application_name')
      and a.state in ('active', 'idle in transaction') and a.wait_event = 'ClientRead'
      and greatest(a.query_start, a.state_change) < clock_timestamp() - make_interval(secs => ${STALLED_SECONDS})
      and exists (
        select from pg_locks l
        where l.pid = a.pid and l.relation = ${EXECUTION_TABLE}::regclass and l.mode in ('RowShareLock', 'RowExclusiveLock')
      )`);
}
