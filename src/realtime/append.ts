/**
 * Appending: rows and their sequence numbers, in one statement.
 *
 * Invariant (LOG2): a stream's `seq` is gap-free and follows commit order. The stream's row is bumped in the same statement that
 * inserts the rows, and its lock is held until commit, so n+1 cannot become visible before n. A serial column gives neither:
 * ids are drawn at INSERT and seen at COMMIT, and a reader past 11 never goes back for a late 10. An advisory lock plus max(seq)
 * in one statement was tried and collides: the statement's snapshot is older than its lock.
 *
 * Trade: writers of one stream queue behind each other's commit. That is why this is the last statement of a transaction, and
 * why streams are always locked in byte order: in any other order two batches deadlock.
 */
import { INCARNATION_SQL } from "./position.ts";
import type { NewRow } from "./wire.ts";

/** Where the rows of one stream went. */
export interface Appended {
  readonly stream: string;
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
}

/** Rows as the statements take them: JSON text, which needs no array types and cannot be encoded twice. */
export function toInput(rows: readonly NewRow[]): string {
  return JSON.stringify(rows.map((row) => [row.stream, row.type, row.data, row.meta, row.fence]));
}

const INPUT = `select e->>0 as stream, e->>1 as type, e->>2 as data, e->>3 as meta, coalesce((e->>4)::bigint, 0) as fence, ord
  from json_array_elements(($1::text)::json) with ordinality as x(e, ord)`;

// A stream whose fence is newer than the writer's is left out of `bumped`, and so is everything that was meant for it (LOG5).
const WRITE = `want as materialized (
  select stream, count(*)::bigint as n, max(fence) as fence from input group by stream
), bumped as (
  insert into rt.stream as s (stream, head, fence)
  select stream, n, fence from want order by stream collate "C"
  on conflict (stream) do update
    set head = s.head + excluded.head, fence = greatest(s.fence, excluded.fence), touched = now()
    where excluded.fence = 0 or excluded.fence >= s.fence
  returning s.stream, s.epoch, s.head
), ins as (
  insert into rt.event (stream, seq, type, data, meta)
  select i.stream, b.head - w.n + row_number() over (partition by i.stream order by i.ord), i.type, i.data, i.meta
  from input i join want w using (stream) join bumped b using (stream)
), written as materialized (
  select json_agg(json_build_array(b.stream, b.epoch || '-' || ${INCARNATION_SQL}, b.head - w.n + 1, b.head))::text as places
  from bumped b join want w using (stream)
)`;

/** $1 input. One row: `places`. For the caller's transaction, as its last statement. */
export const APPEND_SQL = `with input as materialized (${INPUT}), ${WRITE} select places from written`;

/**
 * $1 input, $2 publisher, $3 batch number, $4 how long to wait for a held stream, in ms. For the flusher: the publisher's row is
 * locked first and bumped in the same statement, so a number is written once or not at all, whatever becomes of the reply (LOG6).
 * One row: `open` (whether this number could still be written; null: no such publisher, nothing was written either), `places`.
 *
 * The wait is set here, for this statement alone, because no other setting reaches a server behind a pooler.
 */
export const APPEND_BATCH_SQL = `with guard as materialized (
  select batch < $3::bigint as open, set_config('lock_timeout', $4, true) from rt.publisher where id = $2 for update
), input as materialized (${INPUT} where (select open from guard)), ${WRITE}, done as (
  update rt.publisher set batch = $3::bigint, written = (select places from written), touched = now()
  where id = $2 and (select open from guard)
)
select (select open from guard) as open, places from written`;

/**
 * $1 publisher, $2 the last batch number that it used. From here on nothing is written under that number: `places` is where the batch
 * went, or null. Waits for a statement that is still under way, and may be repeated: a number that was closed empty stays empty.
 */
export const CLOSE_BATCH_SQL = `insert into rt.publisher as p (id, batch) values ($1, $2::bigint)
on conflict (id) do update set written = case when p.batch = $2::bigint then p.written end, batch = $2::bigint, touched = now()
returning written as places`;

/**
 * $1 JSON [stream, …]. Those that nobody holds now. What has no row is not among them: an open transaction may be just making it,
 * and that is a lock which cannot be seen.
 */
export const FREE_SQL = `select stream from rt.stream
where stream in (select json_array_elements_text(($1::text)::json)) for update skip locked`;

export function parsePlaces(places: string | null): Appended[] {
  // Our own statement built this text.
  const parsed = JSON.parse(places ?? "[]") as [string, string, number, number][];
  return parsed.map(([stream, epoch, first, last]) => ({ stream, epoch, first, last }));
}
