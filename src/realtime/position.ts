/**
 * A position says how far a reader has come in one stream: `epoch.seq`, opaque to clients.
 *
 * The epoch has two halves. The first is drawn when the stream's row is made, so a stream that was removed and made
 * again is another one. The second names the database as it lives now: cluster, timeline, database and table. A restore
 * always changes at least one of them (recovery opens a new timeline, a dump makes a new table), so a reader from before it
 * is told `reset` instead of being handed other events under numbers it has already seen. What this cannot see is a disk
 * snapshot put back without recovery; then only `ahead` protects, until the numbers overlap.
 */
import { RealtimeError } from "./errors.ts";

export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** SQL for the second half; a few microseconds, so it is read with every statement rather than cached across a failover. */
export const INCARNATION_SQL = `substr(md5(concat_ws('/',
  (select system_identifier from pg_control_system()),
  substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8),
  (select oid from pg_database where datname = current_database()),
  'rt.stream'::regclass::oid)), 1, 8)`;

/** First half of the epoch of a stream that has no row yet: nothing has happened on it. */
const UNBORN = "0";

const PATTERN = /^([0-9a-z]{1,16}-[0-9a-f]{8})\.(0|[1-9][0-9]{0,14})$/;

export function formatPosition(position: Position): string {
  return `${position.epoch}.${position.seq}`;
}

/** @throws RealtimeError INVALID_POSITION when the text did not come from `formatPosition`. */
export function parsePosition(text: string): Position {
  const match = PATTERN.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new RealtimeError("INVALID_POSITION", `"${text.slice(0, 60)}" is not a position; leave it out to start afresh.`);
  }
  return { epoch: match[1], seq: Number(match[2]) };
}

/** The epoch of a stream row, or of one that is still unborn, in a database of this incarnation. */
export function epochOf(streamEpoch: string | null, incarnation: string): string {
  return `${streamEpoch ?? UNBORN}-${incarnation}`;
}

/** Whether a reader that stands at `reader` may go on in a stream whose epoch is now `actual`. An unborn stream may be born. */
export function continues(reader: Position, actual: string): boolean {
  if (reader.epoch === actual) return true;
  const [birth, incarnation] = reader.epoch.split("-");
  return birth === UNBORN && reader.seq === 0 && actual.endsWith(`-${incarnation}`);
}
