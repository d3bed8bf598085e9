/**
 * The supervised LISTEN connection: one per process (BUS3).
 *
 *   connecting --LISTEN confirmed, own echo heard--> listening --close, failed heartbeat--> waiting --backoff--> connecting
 *   connecting --LISTEN accepted, but no echo--> deaf --a minute--> connecting
 *
 * The driver's own `listen` was measured and left: it grows no backoff when the server refuses it (thousands of attempts a second), has no
 * heartbeat (a half-open socket goes unnoticed for minutes), leaks on unlisten after a reconnect, and swallows what a handler
 * throws. Here every connection is a new instance with a life of its own, from `#connect` to its `finally`, and whatever was missed
 * between two of them is read from the log by `onListening`.
 */
import { setTimeout as delay } from "node:timers/promises";
import postgres, { type Options, type PostgresType, type Sql } from "postgres";
import type { Core } from "./core.ts";
import { CHANNEL } from "./doorbell.ts";
import { signalPayload } from "./signals.ts";
import { backoffMs, withDeadline } from "./timing.ts";

export interface ListenerOptions {
  /** A direct connection: behind a transaction-mode pooler LISTEN is accepted and hears nothing. */
  readonly url: string;
  /** Whether to wait for an echo of our own before LISTEN is believed. */
  readonly verifyEcho: boolean;
  readonly onPayload: (payload: string) => void;
  /** LISTEN is committed: what is read from now on leaves no hole before what will be heard. */
  readonly onListening: () => void;
}

const ECHO_MS = 2_000;
const RETEST_DEAF_MS = 60_000;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;

export class Listener {
  readonly #core: Core;
  readonly #options: ListenerOptions;
  readonly #closed = new AbortController();
  #supervised: Promise<void> | null = null;
  #hangUp: (why: string) => void = () => {};
  #failures = 0;
  #warnedDeaf = false;
  listening = false;

  constructor(core: Core, options: ListenerOptions) {
    this.#core = core;
    this.#options = options;
  }

  /** Resolves after the first attempt, whatever came of it: a database that is away now is waited for in the background. */
  start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#supervised = this.#supervise(resolve);
    return promise;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#hangUp("closed");
    await this.#supervised;
  }

  async #supervise(tried: () => void): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      const retryMs = await this.#connect(tried);
      tried();
      await delay(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  /** The whole life of one connection. @returns how long to wait before the next one, in milliseconds */
  async #connect(onListening: () => void): Promise<number> {
    const { limits, count, log } = this.#core;
    const gone = new AbortController();
    const echo = { payload: signalPayload(`echo:${crypto.randomUUID()}`), ...Promise.withResolvers<boolean>() };
    const sql = this.#open(gone, echo);
    this.#hangUp = (why) => {
      gone.abort(why);
      void sql.end({ timeout: 0 }); // what still waits for an answer is rejected
    };
    try {
      await withDeadline(sql.unsafe(`listen "${CHANNEL}"`), 2 * limits.answerMs);
      if (this.#options.verifyEcho && !(await this.#hears(echo, gone.signal))) return this.#beDeaf();
      await this.#assertListening(sql);
      this.#failures = 0;
      count.listens++;
      this.listening = true;
      this.#options.onListening();
      onListening();
      for (;;) {
        await delay(limits.heartbeatMs, undefined, { signal: gone.signal });
        await this.#assertListening(sql);
      }
    } catch (error) {
      const retryMs = Math.round(backoffMs(this.#failures++, MIN_BACKOFF_MS, MAX_BACKOFF_MS));
      const why = gone.signal.aborted ? gone.signal.reason : error instanceof Error ? error.message : error;
      if (!this.#closed.signal.aborted) log.warn(`Lost the LISTEN connection (${why}); polling, and trying again in ${retryMs} ms.`);
      return retryMs;
    } finally {
      this.listening = false;
      this.#hangUp("replaced");
    }
  }

  #open(gone: AbortController, echo: { payload: string; resolve: (heard: boolean) => void }): Sql {
    // `onnotify` is read by the driver (3.4.9, connection.js) but missing from its types.
    const options: Options<Record<string, PostgresType>> & { onnotify: (channel: string, payload: string) => void } = {
      max: 1,
      max_lifetime: null,
      connect_timeout: this.#core.limits.answerMs / 1_000,
      keep_alive: 10,
      fetch_types: false,
      prepare: false,
      connection: { application_name: "heliograph-listen" },
      onnotice: () => {},
      onclose: () => gone.abort("the connection was closed"),
      onnotify: (channel, payload) => {
        if (gone.signal.aborted || channel !== CHANNEL) return;
        if (payload === echo.payload) return echo.resolve(true);
        try {
          this.#options.onPayload(payload);
        } catch (error) {
          this.#core.log.error("A notification could not be used; its events will be read from the log.", { error });
        }
      },
    };
    return postgres(this.#options.url, options);
  }

  /** Only a notification that comes back proves that LISTEN works here; a pooler accepts the statement just the same. */
  async #hears(echo: { payload: string; promise: Promise<boolean> }, signal: AbortSignal): Promise<boolean> {
    // By way of the other pool, so that an echo proves the whole path.
    await this.#core.pool.query("select pg_notify($1, $2)", [CHANNEL, echo.payload]);
    return Promise.race([echo.promise, delay(ECHO_MS, false, { signal })]);
  }

  async #assertListening(sql: Sql): Promise<void> {
    const query = "select exists (select from pg_listening_channels() c where c = $1) as yes";
    const [row] = await withDeadline(sql.unsafe(query, [CHANNEL]), this.#core.limits.answerMs);
    if (row?.yes !== true) throw new Error("the server forgot that we listen");
  }

  #beDeaf(): number {
    if (!this.#warnedDeaf) {
      this.#warnedDeaf = true;
      this.#core.log.warn(
        "LISTEN was accepted but hears nothing, as behind a transaction-mode pooler: polling instead. Set DIRECT_URL to a direct connection.",
      );
    }
    return RETEST_DEAF_MS;
  }
}
