/**
 * Publishing inside a business transaction: an event exists exactly when the change it describes committed (LOG1).
 *
 * `publish` only queues. The rows are appended as the last statement before COMMIT, so the stream rows are locked for one round
 * trip and not for the whole transaction, and a long transaction stalls nobody. A savepoint has a queue of its own that joins
 * its parent's when it is released, so what is rolled back takes its events with it. Nothing is handed out before COMMIT.
 */
import { type SQL, sql } from "drizzle-orm";
import type { PreparedQueryConfig } from "drizzle-orm/pg-core";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import { APPEND_SQL, type Appended, parsePlaces, toInput } from "./append.ts";
import { type Core, register } from "./core.ts";
import { fenced, type OnCommitted } from "./flusher.ts";
import { epochOf, formatPosition, INCARNATION_SQL, type Position } from "./position.ts";
import type { NewEvent, Topic } from "./topic.ts";
import { encodeEvent, type NewRow, type PublishOptions, streamName } from "./wire.ts";

// Which schema a database was opened with does not matter to the engine; Drizzle's default type parameter says "unknown".
export type AnyDatabase = PostgresJsDatabase<Record<string, unknown>> | PostgresJsDatabase<Record<string, never>>;
type DrizzleTransaction = Parameters<Parameters<PostgresJsDatabase<Record<string, never>>["transaction"]>[0]>[0];
export type TransactionConfig = Parameters<PostgresJsDatabase<Record<string, never>>["transaction"]>[1];

export interface Publishing {
  /**
   * Queues an event; it is stored if, and only if, this transaction (and savepoint) commits.
   * @throws RealtimeError INVALID_EVENT, INVALID_TOPIC, EVENT_TOO_LARGE at once; FENCED rejects the transaction
   */
  publish<T extends Topic>(topic: T, id: string, event: NewEvent<T>, options?: PublishOptions): void;
  /**
   * Locks the stream's row now and keeps it until the end: for a writer that must know the order before it decides. Other
   * writers of the stream wait, so keep it short, and take several in the byte order of their names.
   */
  lock(topic: Topic, id: string): Promise<{ head: number; position: string }>;
  /** From its commit on, appends with an older fence are refused. Never lowers. */
  raiseFence(topic: Topic, id: string, fence: number): Promise<void>;
  /** Retention may trim up to and including `seq`: a snapshot stored in this transaction covers it. Never lowers. */
  raiseFloor(topic: Topic, id: string, seq: number): Promise<void>;
  /** The thing is gone: its row and events go with this commit, and a later stream of that id is another one. */
  forget(topic: Topic, id: string): Promise<void>;
  /** Runs after COMMIT, not at all after ROLLBACK. Must not throw. */
  afterCommit(effect: () => void): void;
  /** A savepoint. While it is open only it may publish: one connection has one order, and what is done beside it goes with it. */
  transaction<R>(fn: (tx: RealtimeTransaction) => Promise<R>): Promise<R>;
}

export type RealtimeTransaction = Omit<DrizzleTransaction, "transaction"> & Publishing;

/** What a transaction or a savepoint wants to happen at its end. */
interface Scope {
  readonly rows: NewRow[];
  readonly effects: (() => void)[];
  /** What is published from now on would be handed out without being stored. */
  ended: boolean;
  /** Whether a savepoint in it is open: what is done beside that is rolled back with it. */
  hasInner: boolean;
}

const newScope = (): Scope => ({ rows: [], effects: [], ended: false, hasInner: false });

async function within<R>(scope: Scope, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } finally {
    scope.ended = true;
  }
}

export async function runTransaction<R>(
  core: Core,
  db: AnyDatabase,
  fn: (tx: RealtimeTransaction) => Promise<R>,
  config: TransactionConfig,
  onCommitted: OnCommitted,
): Promise<R> {
  const scope = newScope();
  let appended: Appended[] = [];
  // The union of database types shares one `transaction`; TypeScript cannot call a union of generic methods.
  const result = await (db as PostgresJsDatabase<Record<string, never>>).transaction(async (tx) => {
    const value = await within(scope, () => fn(extend(core, tx, scope)));
    appended = await append(tx, scope.rows);
    return value;
  }, config);
  if (appended.length > 0) onCommitted(appended, scope.rows);
  for (const effect of scope.effects) {
    try {
      effect();
    } catch (error) {
      // It is committed: the caller must not be told otherwise.
      core.log.error("What was to happen after a commit threw.", { error });
    }
  }
  return result;
}

interface Append extends PreparedQueryConfig {
  readonly execute: { readonly places: string | null }[];
}

async function append(tx: DrizzleTransaction, rows: readonly NewRow[]): Promise<Appended[]> {
  if (rows.length === 0) return [];
  // Under a name, so that a connection parses it once and soon plans it no more, which takes twice as long as the rest of it. What goes
  // through `execute` is never prepared by Drizzle.
  const query = { sql: APPEND_SQL, params: [toInput(rows)] };
  const [row] = await tx._.session.prepareQuery<Append>(query, undefined, "append", false).execute();
  const appended = parsePlaces(row?.places ?? null);
  const written = new Set(appended.map(({ stream }) => stream));
  const refused = rows.find(({ stream }) => !written.has(stream));
  if (refused) throw fenced(refused);
  return appended;
}

function extend(core: Core, tx: DrizzleTransaction, scope: Scope): RealtimeTransaction {
  const savepoint = tx.transaction.bind(tx);
  const assertOpen = () => {
    if (scope.ended) throw new TypeError("The transaction has ended; await everything that publishes in it.");
    if (scope.hasInner) throw new TypeError("A savepoint is open: use its own transaction, and await one before the next.");
  };
  const publishing: Publishing = {
    publish: (topic, id, event, options) => {
      assertOpen();
      register(core, topic);
      scope.rows.push(encodeEvent(topic, id, event, options ?? {}, core.limits.maxEventBytes));
    },
    lock: async (topic, id) => {
      const returning = sql`returning s.epoch, ${sql.raw(INCARNATION_SQL)} as incarnation, s.head::text`;
      const at = toPosition(await execute(tx, sql`${insertStream(topic, id)} touched = now() ${returning}`));
      return { head: at.seq, position: formatPosition(at) };
    },
    raiseFence: async (topic, id, fence) => {
      await execute(tx, sql`${insertStream(topic, id, fence)} fence = greatest(s.fence, excluded.fence)`);
    },
    raiseFloor: async (topic, id, seq) => {
      await execute(tx, sql`update rt.stream set floor = least(head, greatest(floor, ${seq})) where stream = ${streamName(topic, id)}`);
    },
    forget: async (topic, id) => {
      const stream = streamName(topic, id);
      const gone = await execute(tx, sql`delete from rt.stream where stream = ${stream} returning 1`);
      // Without its row there is no lock: events that come into being now are those of another stream.
      if (gone.length > 0) await execute(tx, sql`delete from rt.event where stream = ${stream}`);
    },
    afterCommit: (effect) => {
      assertOpen();
      scope.effects.push(effect);
    },
    transaction: async (fn) => {
      assertOpen();
      const inner = newScope();
      scope.hasInner = true;
      const result = await within(inner, () => savepoint((nested) => fn(extend(core, nested, inner)))).finally(() => {
        scope.hasInner = false;
      });
      scope.rows.push(...inner.rows);
      scope.effects.push(...inner.effects);
      return result;
    },
  };
  // Own properties shadow the class's `transaction`; everything else of the Drizzle transaction stays as it is.
  return Object.assign(tx, publishing) as unknown as RealtimeTransaction;
}

function insertStream(topic: Topic, id: string, fence = 0): SQL {
  return sql`insert into rt.stream as s (stream, head, fence) values (${streamName(topic, id)}, 0, ${fence}) on conflict (stream) do update set`;
}

/** Where the stream is, as the given transaction sees it. */
export async function locate(tx: Pick<DrizzleTransaction, "execute">, topic: Topic, id: string): Promise<Position> {
  const incarnation = sql`select ${sql.raw(INCARNATION_SQL)} as incarnation`;
  const stream = streamName(topic, id);
  return toPosition(
    await execute(
      tx,
      sql`select s.epoch, i.incarnation, s.head::text from (${incarnation}) i left join rt.stream s on s.stream = ${stream}`,
    ),
  );
}

function toPosition([row]: { epoch: string | null; incarnation: string; head: string | null }[]): Position {
  return { epoch: epochOf(row?.epoch ?? null, row?.incarnation ?? ""), seq: Number(row?.head ?? 0) };
}

async function execute<Row>(tx: Pick<DrizzleTransaction, "execute">, query: SQL): Promise<Row[]> {
  // The statements above name exactly these columns.
  return (await tx.execute(query)) as unknown as Row[];
}
