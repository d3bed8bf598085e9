/**
 * The engine, wired: one per process. Everything it does goes through the parts beside it; this file only owns them, in the order
 * in which they start and stop.
 */
import postgres from "postgres";
import type { Appended } from "./append.ts";
import { Doorbell, type Frame, type Hint } from "./doorbell.ts";
import { RealtimeError } from "./errors.ts";
import { FlushQueue } from "./flush-queue.ts";
import { Flusher } from "./flusher.ts";
import { Hub } from "./hub.ts";
import { DEFAULT_LIMITS, type RealtimeLimits } from "./limits.ts";
import { Listener } from "./listener.ts";
import { LiveStream } from "./live-stream.ts";
import type { Logger } from "./logger.ts";
import { formatPosition, parsePosition } from "./position.ts";
import { Reader } from "./read.ts";
import { Retention } from "./retention.ts";
import { Signals } from "./signals.ts";
import { Subscriber } from "./subscriber.ts";
import { Sweep } from "./sweep.ts";
import type { NewEvent, Topic } from "./topic.ts";
import {
  type AnyDatabase,
  type PublishOptions,
  positionIn,
  type RealtimeTransaction,
  runTransaction,
  type TransactionConfig,
} from "./transaction.ts";
import { encodeEvent, LoggedEvent, type NewRow, streamName } from "./wire.ts";

export interface RealtimeOptions {
  /** For appending, reading and notifying; may go through a pooler. The engine keeps a pool of its own (5 connections). */
  readonly url: string;
  /** For LISTEN; must be direct. @default url */
  readonly directUrl?: string;
  /** `listen`: trust LISTEN without hearing an echo first. `poll`: never listen. @default "auto" */
  readonly mode?: "auto" | "listen" | "poll";
  readonly logger?: Logger;
  /** A newer server published something this one does not know. Its position is kept, nobody here receives it. */
  readonly onUnknownEvent?: (topic: string, type: string) => void;
  readonly limits?: Partial<RealtimeLimits>;
}

const CHANNEL = "rt";
const SILENT: Logger = { info: () => {}, warn: () => {}, error: () => {} };

export class Realtime {
  readonly #options: RealtimeOptions;
  readonly #limits: RealtimeLimits;
  readonly #logger: Logger;
  readonly #sql: postgres.Sql;
  readonly #reader: Reader;
  readonly #hub: Hub;
  readonly #doorbell: Doorbell;
  readonly #flusher: Flusher;
  readonly #listener: Listener | null;
  readonly #sweep: Sweep;
  readonly #retention: Retention;
  readonly #signals = new Signals();
  readonly #topics = new Map<string, Topic>();
  #closed = false;
  #published = 0;

  constructor(options: RealtimeOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#logger = options.logger ?? SILENT;
    this.#sql = openPool(options, this.#limits);
    this.#reader = new Reader(this.#sql, this.#limits);
    this.#hub = new Hub(this.#reader, (stream, error) =>
      this.#logger.error(`Could not read ${stream}; the sweep will try again.`, { error }),
    );
    this.#doorbell = new Doorbell(this.#sql, CHANNEL);
    this.#flusher = this.#createFlusher();
    this.#sweep = new Sweep(this.#sql, this.#hub, this.#limits, (stream) => this.#topicOf(stream)?.sweep === "urgent");
    this.#retention = new Retention(
      this.#sql,
      () => this.#topics.values(),
      (error) => this.#logger.warn("Could not trim the log; trying again in a minute.", { error }),
    );
    this.#listener = options.mode === "poll" ? null : this.#createListener();
  }

  /** Starts to listen, sweep and trim. Resolves after the first attempt to listen, whatever came of it. */
  async start(): Promise<void> {
    this.#sweep.start();
    this.#retention.start();
    await this.#listener?.start();
  }

  /** Stores and announces what was published, ends every subscription with CLOSED, and frees all connections. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#sweep.stop();
    await this.#retention.stop();
    await this.#flusher.close();
    await this.#doorbell.settled();
    for (const subscriber of this.#hub.subscribers())
      subscriber.fail(new RealtimeError("CLOSED", `The server is stopping; subscribe to ${subscriber.stream} again.`));
    this.#reader.close();
    await this.#listener?.close();
    await this.#sql.end({ timeout: 5 });
  }

  /**
   * A transaction on `db` whose `tx` can also publish. `config` is Drizzle's (isolation level and the like).
   * @throws what `fn` throws, and RealtimeError FENCED; nothing is stored then
   */
  async transaction<R>(db: AnyDatabase, fn: (tx: RealtimeTransaction) => Promise<R>, config?: TransactionConfig): Promise<R> {
    this.#assertOpen();
    const { maxEventBytes } = this.#limits;
    return runTransaction(db, fn, {
      maxEventBytes,
      ...(config && { config }),
      onCommitted: (appended, rows) => this.#committed(appended, rows),
    });
  }

  /**
   * Publishes one event outside any transaction, with whatever else is under way (group commit). Resolves when it is durable.
   * @throws RealtimeError; for TIMEOUT it is not known whether it was stored
   */
  async publish<T extends Topic>(topic: T, id: string, event: NewEvent<T>, options?: PublishOptions): Promise<{ position: string }> {
    this.#assertOpen();
    this.#topics.set(topic.name, topic);
    const row = encodeEvent(topic, id, event, { maxEventBytes: this.#limits.maxEventBytes, ...options });
    const { promise, resolve, reject } = Promise.withResolvers<{ epoch: string; seq: number }>();
    this.#flusher.publish({ row, queuedAtMs: performance.now(), resolve, reject });
    return { position: formatPosition(await promise) };
  }

  /**
   * A view and the position it belongs to, read in one snapshot: events after that position are exactly what the view lacks.
   * `fn` gets a read-only transaction.
   */
  async snapshot<V>(
    db: AnyDatabase,
    topic: Topic,
    id: string,
    fn: (tx: RealtimeTransaction) => Promise<V>,
  ): Promise<{ view: V; position: string }> {
    const config: TransactionConfig = { isolationLevel: "repeatable read", accessMode: "read only" };
    return this.transaction(db, async (tx) => ({ position: await positionIn(tx, topic, id), view: await fn(tx) }), config);
  }

  /**
   * Every event of a stream after a position, then live, for as long as it is read or until `signal` aborts.
   * @param options.after a position from earlier; omitted or null: where the topic's `start` says
   * @throws RealtimeError INVALID_TOPIC, INVALID_POSITION at once; CLOSED from the iterator
   */
  subscribe<T extends Topic>(topic: T, id: string, options: { after?: string | null; signal?: AbortSignal } = {}): LiveStream<T> {
    this.#assertOpen();
    this.#topics.set(topic.name, topic);
    const after = options.after ? parsePosition(options.after) : topic.start === "now" ? ("now" as const) : null;
    const subscriber = new Subscriber(this.#hub, this.#reader, {
      stream: streamName(topic, id),
      after,
      limits: this.#limits,
      signal: options.signal,
    });
    return new LiveStream(topic, subscriber, (type) => this.#options.onUnknownEvent?.(topic.name, type));
  }

  /** Wakes every process that waits for `name`; may be lost, so it replaces nothing that must happen. */
  signal(name: string): void {
    this.#signals.emit(name);
    this.#doorbell.ring([name]);
  }

  /** @returns a function that stops listening */
  onSignal(name: string, handler: () => void): () => void {
    return this.#signals.on(name, handler);
  }

  /** Names the topics that retention looks after, besides those that this process publishes to or subscribes. */
  retain(topics: Iterable<Topic>): void {
    for (const topic of topics) this.#topics.set(topic.name, topic);
  }

  /** Trims now what is due; it also happens by itself about once a minute. */
  async trim(): Promise<void> {
    await this.#retention.run();
  }

  status(): { mode: "listen" | "poll"; connected: boolean } {
    const listening = this.#listener?.state === "listening";
    return { mode: listening ? "listen" : "poll", connected: listening };
  }

  /** Counters since start and gauges, by name. */
  metrics(): Record<string, number> {
    return {
      published: this.#published,
      batches: this.#flusher.batches,
      reads: this.#reader.reads,
      payloads: this.#doorbell.payloads,
      dropped_rings: this.#doorbell.dropped,
      listens: this.#listener?.connects ?? 0,
      streams: this.#hub.streams,
      swept: this.#sweep.looked,
      found_by_sweep: this.#sweep.found,
      trimmed: this.#retention.trimmed,
      ...this.#hub.counters,
    };
  }

  #createFlusher(): Flusher {
    const { publishTimeoutMs, maxQueuedEvents, maxQueuedChars } = this.#limits;
    const options = {
      sql: this.#sql,
      publishTimeoutMs,
      onCommitted: (appended: readonly Appended[], batch: readonly { row: NewRow }[]) =>
        this.#committed(
          appended,
          batch.map(({ row }) => row),
        ),
    };
    const side = new Flusher(options, new FlushQueue(maxQueuedEvents, maxQueuedChars));
    return new Flusher(options, new FlushQueue(maxQueuedEvents, maxQueuedChars), side);
  }

  #createListener(): Listener {
    return new Listener({
      url: this.#options.directUrl ?? this.#options.url,
      channel: CHANNEL,
      verifyEcho: this.#options.mode !== "listen",
      onPayload: (payload) => this.#heard(payload),
      onListening: () => {
        this.#hub.catchUp(null);
        this.#signals.emitAll();
      },
      onState: (state) => {
        this.#sweep.polling = state !== "listening";
      },
      notify: (payload) => this.#sql.unsafe("select pg_notify($1, $2)", [CHANNEL, payload]),
      logger: this.#logger,
    });
  }

  /** Local readers get it at once, the other processes are rung. */
  #committed(appended: readonly Appended[], rows: readonly NewRow[]): void {
    this.#published += rows.length;
    const perStream = Map.groupBy(rows, (row) => row.stream);
    const hints: Hint[] = appended.map((place) => ({
      ...place,
      events: (perStream.get(place.stream) ?? []).map((row, index) => new LoggedEvent(place.first + index, row.type, row.data, row.meta)),
    }));
    for (const hint of hints) this.#hub.accept(hint);
    this.#doorbell.ring(hints);
  }

  #heard(payload: string): void {
    // Only this engine writes to the channel; whatever else somebody sends there ends as one logged error.
    for (const frame of JSON.parse(payload) as Frame[]) {
      if (frame.length === 1) {
        this.#signals.emit(frame[0]);
        continue;
      }
      const [stream, epoch, first, last, events] = frame;
      this.#hub.accept({
        stream,
        epoch,
        first,
        last,
        events: events?.map(([type, data, meta], index) => new LoggedEvent(first + index, type, data, meta)) ?? null,
      });
    }
  }

  #topicOf(stream: string): Topic | undefined {
    return this.#topics.get(stream.slice(0, stream.indexOf(":")));
  }

  #assertOpen(): void {
    if (this.#closed) throw new RealtimeError("CLOSED", "The engine is closed: the server is stopping.");
  }
}

/** One engine per process. It connects when it is first used; call `start` before serving. */
export function createRealtime(options: RealtimeOptions): Realtime {
  return new Realtime(options);
}

function openPool(options: RealtimeOptions, limits: RealtimeLimits): postgres.Sql {
  // A pooler may refuse start-up settings it does not know; then the server's own timeouts hold.
  const pooled = options.directUrl !== undefined && options.directUrl !== options.url;
  const timeouts = { lock_timeout: limits.lockTimeoutMs, statement_timeout: 5_000, idle_in_transaction_session_timeout: 10_000 };
  return postgres(options.url, {
    max: 5,
    connect_timeout: 10,
    keep_alive: 10,
    fetch_types: false,
    prepare: !pooled,
    onnotice: () => {},
    connection: { application_name: "heliograph-realtime", ...(!pooled && timeouts) },
  });
}
