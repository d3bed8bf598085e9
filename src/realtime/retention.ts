/**
 * Trimming: events leave the log by age and by count, in small statements, one process at a time (LOG4).
 *
 * Always the beginning of a stream, never its middle, and never above the floor where a topic has one. Stream rows stay, so a
 * reader whose place has been trimmed is told `truncated`. Deleting in batches was measured against daily partitions: cheaper up
 * to some ten million events a day, and it keeps (stream, seq) unique.
 */
import type { Core } from "./core.ts";
import { repeat } from "./timing.ts";
import type { Topic } from "./topic.ts";

const EVERY_MS = 60_000;
const ROWS_PER_STATEMENT = 5_000;
const MAX_ROUNDS = 40;

// $1 first name, $2 past the last name, $3 age in ms, $4 events to keep or null, $5 whether the floor binds, $6 rows.
// `old` is any sample of what is due, `cut` the first so many rows up to there: a prefix of each stream, and never more.
// The lock is the statement's and not the session's, which would be lost on the way through a pooler.
const TRIM_SQL = `with mine as materialized (
  select pg_try_advisory_xact_lock(hashtext('heliograph.retention')) as yes
), old as materialized (
  (select e.stream, e.seq from rt.event e join rt.stream s using (stream)
   where (select yes from mine) and e.at < now() - $3::float8 * interval '1 millisecond' and e.stream >= $1 and e.stream < $2
     and (not $5::boolean or e.seq <= s.floor)
   limit $6::int)
  union all
  (select e.stream, e.seq from rt.stream s join rt.event e on e.stream = s.stream and e.seq <= s.head - $4::bigint
   where (select yes from mine) and s.stream >= $1 and s.stream < $2 and s.head > $4::bigint
     and (not $5::boolean or e.seq <= s.floor)
   limit $6::int)
), cut as materialized (
  select o.stream, e.seq from (select stream, max(seq) as seq from old group by stream) o
  cross join lateral (select seq from rt.event where stream = o.stream and seq <= o.seq order by seq limit $6::int) e limit $6::int
), gone as (
  delete from rt.event e using (select stream, max(seq) as seq from cut group by stream) c where e.stream = c.stream and e.seq <= c.seq
  returning 1
) select count(*)::int as trimmed from gone`;

// A publisher that has been silent for a day has no batch left to be unsure of.
const PUBLISHERS_SQL = "delete from rt.publisher where touched < now() - interval '1 day'";

/** Trims about once a minute. @returns a function that stops it */
export function startTrimming(core: Core): () => void {
  let isStopped = false;
  const run = () =>
    trim(core).catch((error: unknown) => {
      if (!isStopped) core.log.warn("Could not trim the log; trying again in a minute.", { error });
    });
  // Spread over the minute, so that instances started together do not ask together.
  const stop = repeat(run, () => EVERY_MS * (0.5 + Math.random()));
  return () => {
    isStopped = true;
    stop();
  };
}

/** Trims what is due now, unless another process is at it. One topic at a time, and where one cannot be trimmed the others all the same. */
export async function trim(core: Core): Promise<void> {
  const errors: unknown[] = [];
  for (const topic of core.topics.values()) await trimTopic(core, topic).catch((error: unknown) => errors.push(error));
  await core.pool.query(PUBLISHERS_SQL);
  if (errors.length > 0) throw errors[0];
}

async function trimTopic({ pool, count }: Core, { name, retention }: Topic): Promise<void> {
  const { maxAgeMs, maxEvents = null, upToFloor = false } = retention;
  // ";" follows ":" in byte order: together they enclose every stream of the topic.
  const parameters = [`${name}:`, `${name};`, maxAgeMs, maxEvents, upToFloor, ROWS_PER_STATEMENT];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const [row] = await pool.query<{ trimmed: number }>(TRIM_SQL, parameters);
    count.trimmed += row?.trimmed ?? 0;
    if (!row || row.trimmed < ROWS_PER_STATEMENT) break;
  }
}
