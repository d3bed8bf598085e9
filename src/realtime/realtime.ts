/**
 * The engine, wired: one per process. It owns the parts beside it, starts and stops them in order, and hands what was committed
 * to the readers here and to the doorbell for those elsewhere.
 */
import type { Appended } from "./append.ts";
import { type Core, DEFAULT_LIMITS, type Logger, type RealtimeLimits, register, startCounting } from "./core.ts";
import { CHANNEL, Doorbell, type Hint, parsePayload } from "./doorbell.ts";
import { RealtimeError } from "./errors.ts";
import { Flusher } from "./flusher.ts";
import { Hub } from "./hub.ts";
import { Listener } from "./listener.ts";
import { Pool } from "./pool.ts";
import { formatPosition, type Position, parsePosition } from "./position.ts";
import { LogReader } from "./read.ts";
import { startTrimming, trim } from "./retention.ts";
import { type SignalHandler, Signals, signalPayload } from "./signals.ts";
import { type LiveStream, Subscriber } from "./subscriber.ts";
import { startSweeping } from "./sweep.ts";
import { withDeadline } from "./timing.ts";
import type { NewEvent, Topic } from "./topic.ts";
import { type AnyDatabase, locate, type RealtimeTransaction, runTransaction, type TransactionConfig } from "./transaction.ts";
import { encodeEvent, LoggedEvent, type NewRow, type PublishOptions, streamName } from "./wire.ts";

export interface RealtimeOptions {
  /** For appending, reading and notifying; may go through a pooler. The engine keeps a pool of its own (5 connections). */
  readonly url: string;
  /** For LISTEN; must be direct. @default url */
  readonly directUrl?: string;
  /** `poll`: never listen. @default "auto" */
  readonly mode?: "auto" | "poll";
  readonly logger?: Logger;
  /** A newer server published something this one does not know. Its position is kept, nobody here receives it. */
  readonly onUnknownEvent?: (topic: string, type: string) => void;
  readonly limits?: Partial<RealtimeLimits>;
}

const NO_LOG: Logger = { info: () => {}, warn: () => {}, error: () => {} };

export class Realtime {
  readonly #options: RealtimeOptions;
  readonly #core: Core;
  readonly #reader: LogReader;
  readonly #hub: Hub;
  readonly #doorbell: Doorbell;
  readonly #flusher: Flusher;
  readonly #listener: Listener | null;
  readonly #signals: Signals;
  #stops: (() => void)[] = [];
  #closing: Promise<void> | null = null;

  constructor(options: RealtimeOptions) {
    const { url, directUrl = url, mode = "auto", logger: log = NO_LOG } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const core = { pool: new Pool(url, directUrl !== url, limits), limits, count: startCounting(), log, topics: new Map<string, Topic>() };
    this.#options = options;
    this.#core = core;
    this.#reader = new LogReader(core);
    this.#hub = new Hub(core, this.#reader);
    this.#doorbell = new Doorbell(core);
    this.#flusher = new Flusher(core, (appended, rows) => this.#committed(appended, rows));
    this.#signals = new Signals(log);
    this.#listener = mode === "poll" ? null : new Listener(core, directUrl, (payload) => this.#heard(payload));
  }

  /** Starts to listen, sweep and trim. Resolves after the first attempt to listen, whatever came of it. */
  async start(): Promise<void> {
    const isUrgent = (stream: string) => this.#core.topics.get(stream.slice(0, stream.indexOf(":")))?.sweep === "urgent";
    this.#stops = [startSweeping(this.#core, this.#hub, isUrgent, () => this.status().connected), startTrimming(this.#core)];
    await this.#listener?.start();
  }

  /**
   * Stores and announces what was published, ends every subscription with CLOSED, and frees all connections. A database that does
   * not answer is waited for `closeTimeoutMs`; what is not stored by then is refused with TIMEOUT. Never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    for (const stop of this.#stops) stop();
    const stored = this.#flusher.settled().then(() => this.#doorbell.settled());
    await withDeadline(stored, this.#core.limits.closeTimeoutMs).catch(() => {});
    this.#flusher.giveUp();
    for (const subscriber of this.#hub.subscribers()) {
      subscriber.end(new RealtimeError("CLOSED", `The server is stopping; subscribe to ${subscriber.stream} again.`));
    }
    this.#reader.close();
    await Promise.all([this.#listener?.close(), this.#core.pool.end(), stored]);
  }

  /**
   * A transaction on `db` whose `tx` can also publish. `config` is Drizzle's (isolation level and the like).
   * @throws what `fn` throws, and RealtimeError FENCED; nothing is stored then
   */
  async transaction<R>(db: AnyDatabase, fn: (tx: RealtimeTransaction) => Promise<R>, config?: TransactionConfig): Promise<R> {
    this.#assertOpen();
    return runTransaction(this.#core, db, fn, config, (appended, rows) => this.#committed(appended, rows));
  }

  /**
   * Publishes one event outside any transaction, with whatever else is under way (group commit). Resolves when it is durable.
   * @throws RealtimeError; for TIMEOUT it is not known whether it was stored
   */
  async publish<T extends Topic>(topic: T, id: string, event: NewEvent<T>, options: PublishOptions = {}): Promise<{ position: string }> {
    this.#assertOpen();
    register(this.#core, topic);
    const row = encodeEvent(topic, id, event, options, this.#core.limits.maxEventBytes);
    const { promise, resolve, reject } = Promise.withResolvers<Position>();
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
    const read = async (tx: RealtimeTransaction) => ({ position: formatPosition(await locate(tx, topic, id)), view: await fn(tx) });
    return this.transaction(db, read, config);
  }

  /**
   * Every event of a stream after a position, then live, for as long as it is read or until `signal` aborts.
   * @param options.after a position from earlier; omitted or null: where the topic's `start` says
   * @throws RealtimeError INVALID_TOPIC, INVALID_POSITION at once; CLOSED, or what the database said, from the iterator
   */
  subscribe<T extends Topic>(topic: T, id: string, options: { after?: string | null; signal?: AbortSignal } = {}): LiveStream<T> {
    this.#assertOpen();
    register(this.#core, topic);
    const after = options.after ? parsePosition(options.after) : topic.start === "now" ? ("now" as const) : null;
    const onUnknown = (type: string) => this.#options.onUnknownEvent?.(topic.name, type);
    const reading = { topic, stream: streamName(topic, id), after, signal: options.signal, onUnknown };
    // It hands out only what was validated against this topic's schemas when it was published.
    return new Subscriber(this.#core, this.#hub, reading).read() as LiveStream<T>;
  }

  /**
   * Wakes every process that waits for `name`; may be lost, so it replaces nothing that must happen.
   * @throws RealtimeError INVALID_TOPIC when the name is not 1 to 128 visible ASCII characters
   */
  signal(name: string): void {
    const payload = signalPayload(name);
    this.#signals.hear(payload);
    this.#doorbell.ring([payload]);
  }

  /**
   * Sends `text` to every process, this one included. A NOTIFY of its own, so nothing durable waits behind it; never kept, and missed by
   * whoever does not listen just then. Rejects when it was not sent.
   * @param name 1 to 128 visible ASCII characters
   * @param text name and text are 7,900 bytes at most
   */
  async broadcast(name: string, text: string): Promise<void> {
    this.#assertOpen();
    await this.#core.pool.query("select pg_notify($1, $2)", [CHANNEL, signalPayload(name, text)]);
  }

  /** @param handler gets the text of each broadcast, "" for a signal, null when some may have been missed. @returns stops it */
  onSignal(name: string, handler: SignalHandler): () => void {
    return this.#signals.on(name, handler);
  }

  /** Which share of the server's notification queue waits for its slowest listener, 0 to 1. At 1 no NOTIFY commits any more. */
  async queueUsage(): Promise<number> {
    const [row] = await this.#core.pool.query<{ usage: number }>("select pg_notification_queue_usage() as usage");
    return row?.usage ?? 0;
  }

  /** Names the topics that retention looks after, besides those that this process publishes to or subscribes. */
  retain(topics: Iterable<Topic>): void {
    for (const topic of topics) register(this.#core, topic);
  }

  /** Trims now what is due; it also happens by itself about once a minute. */
  async trim(): Promise<void> {
    await trim(this.#core);
  }

  status(): { mode: "listen" | "poll"; connected: boolean } {
    const connected = this.#listener?.trouble === null;
    return { mode: connected ? "listen" : "poll", connected };
  }

  /** Counters since start and gauges, by name. */
  metrics(): Record<string, number> {
    return { ...this.#core.count, streams: this.#hub.names().length };
  }

  /** Local readers get it at once, the other processes are rung. */
  #committed(appended: readonly Appended[], rows: readonly NewRow[]): void {
    this.#core.count.published += rows.length;
    const perStream = Map.groupBy(rows, (row) => row.stream);
    const hints = appended.map((place): Hint => {
      const of = perStream.get(place.stream) ?? [];
      return { ...place, events: of.map((row, index) => new LoggedEvent(place.first + index, row.type, row.data, row.meta)) };
    });
    for (const hint of hints) this.#hub.accept(hint);
    this.#doorbell.ring(hints);
  }

  /** @param payload null: some may have been missed */
  #heard(payload: string | null): void {
    const isSignal = this.#signals.hear(payload);
    if (payload === null) void this.#hub.catchUp();
    else if (!isSignal) this.#hub.accept(parsePayload(payload));
  }

  #assertOpen(): void {
    if (this.#closing) throw new RealtimeError("CLOSED", "The engine is closed: the server is stopping.");
  }
}

/** One engine per process. It connects when it is first used; call `start` before serving. */
export function createRealtime(options: RealtimeOptions): Realtime {
  return new Realtime(options);
}
