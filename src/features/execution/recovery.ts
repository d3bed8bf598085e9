/**
 * Finds runs that nobody has: those whose worker died or was given back, and queued ones whose job was lost with the worker that
 * had just taken it. Every worker looks; the claim decides who gets one.
 */
import { and, asc, eq, or, sql } from "drizzle-orm";
import type { Runtime } from "#server/runtime.ts";
import { unclaimed } from "./claim.ts";
import { execution } from "./schema.ts";

/** A queued run younger than this is still its job's business. */
const JOB_GRACE_SECONDS = 5;

/** The longest waiting first. */
export async function findUnclaimed({ db }: Pick<Runtime, "db">, limit: number): Promise<string[]> {
  const overdue = sql`${execution.createdAt} < now() - make_interval(secs => ${JOB_GRACE_SECONDS})`;
  const rows = await db
    .select({ id: execution.id })
    .from(execution)
    .where(and(unclaimed, or(eq(execution.status, "running"), overdue)))
    .orderBy(asc(execution.createdAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}
