/**
 * Publishing inside a business transaction: an event exists exactly when the change it describes committed (LOG1).
 *
 * `publish` only queues. The rows are appended as the last statement before COMMIT, so the counter rows are locked for one round
 * trip and not for the whole transaction, and a long transaction stalls nobody. A savepoint has a queue of its own that joins
 * its parent's when it is released, so what is rolled back takes its events with it. Nothing is handed out before COMMIT.
 */
import { type SQL, sql } from "drizzle-orm";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import { APPEND_SQL, type Appended, parsePlaces, toInput } from "./append.ts";
import { fenced } from "./flusher.ts";
import { epochOf, formatPosition, INCARNATION_SQL } from "./position.ts";
import type { NewEvent, Topic } from "./topic.ts";
import { encodeEvent, type NewRow, streamName } from "./wire.ts";

// Which schema a database was opened with does not matter to the engine; Drizzle's default type parameter says "unknown".
export type AnyDatabase = PostgresJsDatabase<Record<string, unknown>> | PostgresJsDatabase<Record<string, never>>;
type DrizzleTransaction = Parameters<Parameters<PostgresJsDatabase<Record<string, never>>["transaction"]>[0]>[0];
export type TransactionConfig = Parameters<PostgresJsDatabase<Record<string, never>>["transaction"]>[1];

export interface PublishOptions {
  /** The writer's claim number; refused with FENCED when a newer claim exists. Omitted: not fenced. */
  readonly fence?: number;
  /** When it happened, by the publisher's clock; omitted: now. */
  readonly at?: Date;
}

export interface Publishing {
  /**
   * Queues an event; it is stored if, and only if, this transaction (and savepoint) commits.
   * @throws RealtimeError INVALID_EVENT, INVALID_TOPIC, EVENT_TOO_LARGE at once; FENCED rejects the transaction
   */
  publish<T extends Topic>(topic: T, id: string, event: NewEvent<T>, options?: PublishOptions): void;
  /**
   * Takes the stream's counter now and keeps it until the end: for a writer that must know the order before it decides. Other
   * writers of the stream wait, so keep it short, and take several in the byte order of their names.
   */
  lock(topic: Topic, id: string): Promise<{ head: number; position: string }>;
  /** From its commit on, appends with an older fence are refused. Never lowers. */
  raiseFence(topic: Topic, id: string, fence: number): Promise<void>;
  /** Retention may trim up to and including `seq`: a snapshot stored in this transaction covers it. Never lowers. */
  raiseFloor(topic: Topic, id: string, seq: number): Promise<void>;
  /** The thing is gone: its counter and events go with this commit, and a later stream of that id is another one. */
  forget(topic: Topic, id: string): Promise<void>;
  /** Runs after COMMIT, not at all after ROLLBACK. Must not throw. */
  afterCommit(effect: () => void): void;
  /** A savepoint. */
  transaction<R>(fn: (tx: RealtimeTransaction) => Promise<R>): Promise<R>;
}

export type RealtimeTransaction = Omit<DrizzleTransaction, "transaction"> & Publishing;

interface Scope {
  readonly rows: NewRow[];
  readonly effects: (() => void)[];
}

export interface TransactionOutcome<R> {
  readonly result: R;
  readonly rows: readonly NewRow[];
  readonly appended: readonly Appended[];
}

export async function runTransaction<R>(
  db: AnyDatabase,
  fn: (tx: RealtimeTransaction) => Promise<R>,
  options: {
    maxEventBytes: number;
    config?: TransactionConfig;
    onCommitted: (appended: readonly Appended[], rows: readonly NewRow[]) => void;
  },
): Promise<R> {
  const scope: Scope = { rows: [], effects: [] };
  let appended: Appended[] = [];
  // The union of database types shares one `transaction`; TypeScript cannot call a union of generic methods.
  const result = await (db as PostgresJsDatabase<Record<string, never>>).transaction(async (tx) => {
    const value = await fn(extend(tx, scope, options.maxEventBytes));
    appended = await append(tx, scope.rows);
    return value;
  }, options.config);
  if (appended.length > 0) options.onCommitted(appended, scope.rows);
  for (const effect of scope.effects) effect();
  return result;
}

async function append(tx: DrizzleTransaction, rows: readonly NewRow[]): Promise<Appended[]> {
  if (rows.length === 0) return [];
  const [before, after] = APPEND_SQL.split("$1");
  const [row] = await execute<{ places: string | null }>(tx, sql`${sql.raw(before ?? "")}${toInput(rows)}${sql.raw(after ?? "")}`);
  const appended = parsePlaces(row?.places ?? null);
  const written = new Set(appended.map(({ stream }) => stream));
  const refused = rows.find(({ stream }) => !written.has(stream));
  if (refused) throw fenced(refused.stream, refused.fence);
  return appended;
}

function extend(tx: DrizzleTransaction, scope: Scope, maxEventBytes: number): RealtimeTransaction {
  const savepoint = tx.transaction.bind(tx);
  const publishing: Publishing = {
    publish: (topic, id, event, options) => {
      scope.rows.push(encodeEvent(topic, id, event, { maxEventBytes, ...options }));
    },
    lock: async (topic, id) => {
      const [row] = await execute<{ epoch: string; incarnation: string; head: string }>(
        tx,
        sql`insert into rt.stream as s (stream, head) values (${streamName(topic, id)}, 0)
          on conflict (stream) do update set touched = now() returning s.epoch, ${sql.raw(INCARNATION_SQL)} as incarnation, s.head::text`,
      );
      const head = Number(row?.head ?? 0);
      return { head, position: formatPosition({ epoch: epochOf(row?.epoch ?? null, row?.incarnation ?? ""), seq: head }) };
    },
    raiseFence: async (topic, id, fence) => {
      await execute(
        tx,
        sql`insert into rt.stream as s (stream, head, fence) values (${streamName(topic, id)}, 0, ${fence})
          on conflict (stream) do update set fence = greatest(s.fence, excluded.fence)`,
      );
    },
    raiseFloor: async (topic, id, seq) => {
      await execute(tx, sql`update rt.stream set floor = least(head, greatest(floor, ${seq})) where stream = ${streamName(topic, id)}`);
    },
    forget: async (topic, id) => {
      const stream = streamName(topic, id);
      await execute(tx, sql`delete from rt.stream where stream = ${stream}`);
      await execute(tx, sql`delete from rt.event where stream = ${stream}`);
    },
    afterCommit: (effect) => {
      scope.effects.push(effect);
    },
    transaction: async (fn) => {
      const inner: Scope = { rows: [], effects: [] };
      const result = await savepoint((nested) => fn(extend(nested, inner, maxEventBytes)));
      scope.rows.push(...inner.rows);
      scope.effects.push(...inner.effects);
      return result;
    },
  };
  // Own properties shadow the class's `transaction`; everything else of the Drizzle transaction stays as it is.
  return Object.assign(tx, publishing) as unknown as RealtimeTransaction;
}

/** The stream's position as the given transaction sees it. */
export async function positionIn(tx: Pick<DrizzleTransaction, "execute">, topic: Topic, id: string): Promise<string> {
  const [row] = await execute<{ epoch: string | null; incarnation: string; head: string | null }>(
    tx,
    sql`select s.epoch, i.v as incarnation, s.head::text from (select ${sql.raw(INCARNATION_SQL)} as v) i
      left join rt.stream s on s.stream = ${streamName(topic, id)}`,
  );
  return formatPosition({ epoch: epochOf(row?.epoch ?? null, row?.incarnation ?? ""), seq: Number(row?.head ?? 0) });
}

async function execute<Row>(tx: Pick<DrizzleTransaction, "execute">, query: SQL): Promise<Row[]> {
  // The statements above name exactly these columns.
  return (await tx.execute(query)) as unknown as Row[];
}
