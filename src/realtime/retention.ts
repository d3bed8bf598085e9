/**
 * Trimming: events leave the log by age and by count, in small statements, one process at a time (LOG4).
 *
 * Always the beginning of a stream, never its middle, and never above the floor where a topic has one. Counter rows stay, so a
 * reader whose place has been trimmed is told `truncated`. Deleting in batches was measured against daily partitions: cheaper up
 * to some ten million events a day, and it keeps (stream, seq) unique.
 */
import type { Sql, TransactionSql } from "postgres";
import type { Topic } from "./topic.ts";

const EVERY_MS = 60_000;
const ROWS_PER_STATEMENT = 5_000;
const MAX_ROUNDS = 40;
const LOCK_KEY = "heliograph.retention";

// $1 first name, $2 past the last name, $3 age in ms, $4 events to keep or null, $5 whether the floor binds, $6 rows
const TRIM_SQL = `with old as materialized (
  (select e.stream, e.seq from rt.event e join rt.stream s using (stream)
   where e.at < now() - $3::float8 * interval '1 millisecond' and e.stream >= $1 and e.stream < $2
     and (not $5::boolean or e.seq <= s.floor)
   limit $6::int)
  union all
  (select e.stream, e.seq from rt.stream s join rt.event e on e.stream = s.stream and e.seq <= s.head - $4::bigint
   where s.stream >= $1 and s.stream < $2 and s.head > $4::bigint
     and (not $5::boolean or e.seq <= s.floor)
   limit $6::int)
), cut as materialized (select stream, max(seq) as seq from old group by stream)
delete from rt.event e using cut where e.stream = cut.stream and e.seq <= cut.seq`;

// A publisher that has been silent for a day has no batch left to be unsure of.
const PUBLISHERS_SQL = "delete from rt.publisher where touched < now() - interval '1 day'";

export class Retention {
  readonly #sql: Sql;
  readonly #topics: () => Iterable<Topic>;
  readonly #onFailure: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  trimmed = 0;

  constructor(sql: Sql, topics: () => Iterable<Topic>, onFailure: (error: unknown) => void) {
    this.#sql = sql;
    this.#topics = topics;
    this.#onFailure = onFailure;
  }

  start(): void {
    // Spread over the minute, so that instances started together do not ask together.
    this.#timer = setTimeout(
      () => {
        this.#running = this.run()
          .catch(this.#onFailure)
          .finally(() => this.#timer && this.start());
      },
      EVERY_MS * (0.5 + Math.random()),
    );
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  /** Trims what is due now, unless another process is at it. */
  async run(): Promise<void> {
    for (const topic of this.#topics()) {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const deleted = await this.#sql.begin((tx) => trim(tx, topic));
        this.trimmed += deleted;
        if (deleted < ROWS_PER_STATEMENT) break;
      }
    }
    await this.#sql.unsafe(PUBLISHERS_SQL);
  }
}

async function trim(tx: TransactionSql, topic: Topic): Promise<number> {
  // Per statement and not per session: a session lock would be lost on the way through a pooler.
  const [lock] = await tx.unsafe("select pg_try_advisory_xact_lock(hashtext($1)) as mine", [LOCK_KEY]);
  if (lock?.mine !== true) return 0;
  const { maxAgeMs, maxEvents, upToFloor } = topic.retention;
  // ";" follows ":" in byte order: together they enclose every stream of the topic.
  const result = await tx.unsafe(TRIM_SQL, [
    `${topic.name}:`,
    `${topic.name};`,
    maxAgeMs,
    maxEvents ?? null,
    upToFloor ?? false,
    ROWS_PER_STATEMENT,
  ]);
  return result.count;
}
