/**
 * The supervised LISTEN connection: one per process (BUS3).
 *
 *   connecting --LISTEN confirmed, own echo heard--> listening --closed, or an echo missing--> waiting --backoff--> connecting
 *
 * The echo is the proof at the beginning and the heartbeat afterwards: a notification of our own, sent by way of the engine's pool, so that
 * it proves the whole path. A question asked on this connection would not: a transaction-mode pooler accepts LISTEN and hears
 * nothing (BUS4), and a server whose queue is full accepts no NOTIFY. An echo that could not be sent counts as missing. The others
 * hear it too and have no use for it. Under full load it took 0.3 s at most; a false alarm would cost one reconnection and a look at
 * the log, no event.
 *
 * The driver's own `listen` was measured and left: it grows no backoff when the server refuses it (thousands of attempts a second), has no
 * heartbeat (a half-open socket goes unnoticed for minutes), leaks on unlisten after a reconnect, and swallows what a handler
 * throws. Here every connection is a new instance with a life of its own, and whatever was missed between two of them is read
 * from the log.
 */
import { setTimeout as delay } from "node:timers/promises";
import postgres, { type Options, type PostgresType, type Sql } from "postgres";
import type { Core } from "./core.ts";
import { CHANNEL } from "./doorbell.ts";
import { signalPayload } from "./signals.ts";
import { backoffMs, withDeadline } from "./timing.ts";

const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;
const DEAF = "it hears nothing; if that is because of a transaction-mode pooler, set DIRECT_URL to a direct connection";

export class Listener {
  readonly #core: Core;
  readonly #url: string;
  readonly #onPayload: (payload: string | null) => void;
  readonly #closed = new AbortController();
  readonly #tried = Promise.withResolvers<void>();
  #supervised: Promise<void> | null = null;
  #echo = { payload: "", resolve: (_heard: boolean) => {} };
  #failures = 0;
  /** Why LISTEN does not work now; null: it works. */
  trouble: string | null = "not tried yet";

  /**
   * @param url a direct connection
   * @param onPayload null: some may have been missed; what is read from now on leaves no hole before what will be heard
   */
  constructor(core: Core, url: string, onPayload: (payload: string | null) => void) {
    this.#core = core;
    this.#url = url;
    this.#onPayload = onPayload;
  }

  /** Resolves after the first attempt, whatever came of it: a database that is away now is waited for in the background. */
  start(): Promise<void> {
    this.#supervised = this.#supervise();
    return this.#tried.promise;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#supervised;
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      const why = await this.#connect();
      if (why !== this.trouble && !signal.aborted)
        this.#core.log.warn(`LISTEN does not work (${why}); polling, and trying again and again.`);
      this.trouble = why;
      this.#tried.resolve();
      await delay(backoffMs(this.#failures++, MIN_BACKOFF_MS, MAX_BACKOFF_MS), undefined, { signal }).catch(() => {});
    }
  }

  /** The whole life of one connection. @returns why it ended */
  async #connect(): Promise<string> {
    const { limits, count, log } = this.#core;
    const gone = new AbortController();
    const life = AbortSignal.any([gone.signal, this.#closed.signal]);
    const sql = this.#open(gone);
    life.addEventListener("abort", () => {
      this.#echo.resolve(false);
      void sql.end({ timeout: 0 }); // what still waits for an answer is rejected
    });
    count.listens++;
    try {
      await withDeadline(sql.unsafe(`listen "${CHANNEL}"`), 2 * limits.answerMs);
      while (await this.#hearsItself(life)) {
        if (this.trouble !== null) {
          if (this.#failures > 0) log.info("LISTEN works again.");
          this.#failures = 0;
          this.trouble = null;
          this.#onPayload(null);
          this.#tried.resolve();
        }
        await delay(limits.heartbeatMs, undefined, { signal: life });
      }
      life.throwIfAborted();
      return DEAF;
    } catch (error) {
      return gone.signal.aborted ? "the connection was closed" : error instanceof Error ? error.message : String(error);
    } finally {
      gone.abort();
    }
  }

  /** @returns false when nothing was heard in time, and at once when the connection is gone; rejects when nothing could be sent */
  async #hearsItself(life: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#echo = { payload: signalPayload(`echo:${crypto.randomUUID()}`), resolve };
    const sent = this.#core.pool.query("select pg_notify($1, $2)", [CHANNEL, this.#echo.payload]);
    return Promise.race([promise, sent.then(() => delay(this.#core.limits.answerMs, false, { signal: life }))]);
  }

  #open(gone: AbortController): Sql {
    // `onnotify` is read by the driver (3.4.9, connection.js) but missing from its types.
    const options: Options<Record<string, PostgresType>> & { onnotify: (channel: string, payload: string) => void } = {
      max: 1,
      max_lifetime: null,
      connect_timeout: this.#core.limits.answerMs / 1_000,
      // As the pool's: the supervisor's own pauses grow.
      backoff: () => 0.1,
      fetch_types: false,
      connection: { application_name: "heliograph-listen" },
      onnotice: () => {},
      onclose: () => gone.abort(),
      onnotify: (channel, payload) => {
        if (gone.signal.aborted || channel !== CHANNEL) return;
        if (payload === this.#echo.payload) return this.#echo.resolve(true);
        try {
          this.#onPayload(payload);
        } catch (error) {
          this.#core.log.error("A notification could not be used; its events will be read from the log.", { error });
        }
      },
    };
    return postgres(this.#url, options);
  }
}
