/**
 * The supervised LISTEN connection: one per process (BUS3).
 *
 *   connecting --LISTEN confirmed, own echo heard--> listening --close, failed heartbeat--> waiting --backoff--> connecting
 *   connecting --LISTEN accepted, but no echo--> deaf --a minute--> connecting
 *
 * The driver's own `listen` was measured and left: it grows no backoff when the server refuses it (thousands of attempts a second), has no
 * heartbeat (a half-open socket goes unnoticed for minutes), leaks on unlisten after a reconnect, and swallows what a handler
 * throws. Here every connection is a new instance, and whatever was missed meanwhile is read from the log by `onListening`.
 */
import postgres, { type Options, type PostgresType, type Sql } from "postgres";
import type { Logger } from "./logger.ts";

export type ListenerState = "connecting" | "listening" | "waiting" | "deaf" | "closed";

export interface ListenerOptions {
  /** A direct connection: behind a transaction-mode pooler LISTEN is accepted and hears nothing. */
  readonly url: string;
  readonly channel: string;
  /** Whether to wait for an echo of our own before LISTEN is believed. */
  readonly verifyEcho: boolean;
  readonly onPayload: (payload: string) => void;
  /** LISTEN is committed: what is read from now on leaves no hole before what will be heard. */
  readonly onListening: () => void;
  readonly onState: (state: ListenerState) => void;
  /** Sends a payload by way of the other pool, so that an echo proves the whole path. */
  readonly notify: (payload: string) => Promise<unknown>;
  readonly logger: Logger;
}

const HEARTBEAT_MS = 10_000;
const ANSWER_MS = 5_000;
const ECHO_MS = 2_000;
const RETEST_DEAF_MS = 60_000;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;

export class Listener {
  readonly #options: ListenerOptions;
  #state: ListenerState = "connecting";
  #sql: Sql | null = null;
  #generation = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #echo: { nonce: string; heard: () => void } | null = null;
  #warnedDeaf = false;
  connects = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  get state(): ListenerState {
    return this.#state;
  }

  /** Resolves after the first attempt, whatever came of it: a database that is away now is waited for in the background. */
  async start(): Promise<void> {
    await this.#connect();
  }

  async close(): Promise<void> {
    this.#generation++;
    this.#set("closed");
    clearTimeout(this.#timer);
    await this.#sql?.end({ timeout: 0 });
    this.#sql = null;
  }

  async #connect(): Promise<void> {
    const generation = ++this.#generation;
    const isCurrent = () => generation === this.#generation;
    const lost = (why: string) => {
      if (isCurrent()) this.#retry(why);
    };
    this.#set("connecting");
    const sql = this.#open(isCurrent, lost);
    this.#sql = sql;
    try {
      await withDeadline(sql.unsafe(`listen "${this.#options.channel}"`), ANSWER_MS * 2, "LISTEN was not answered");
      if (!isCurrent()) return;
      if (this.#options.verifyEcho && !(await this.#hearsItself(sql))) return isCurrent() ? this.#beDeaf() : undefined;
    } catch (error) {
      return lost(error instanceof Error ? error.message : String(error));
    }
    if (!isCurrent()) return;
    this.#failures = 0;
    this.connects++;
    this.#set("listening");
    this.#options.onListening();
    this.#scheduleHeartbeat(sql, lost);
  }

  #open(isCurrent: () => boolean, lost: (why: string) => void): Sql {
    // `onnotify` is read by the driver (3.4.9, connection.js) but missing from its types.
    const options: Options<Record<string, PostgresType>> & { onnotify: (channel: string, payload: string) => void } = {
      max: 1,
      idle_timeout: undefined,
      max_lifetime: null,
      connect_timeout: ANSWER_MS / 1_000,
      keep_alive: 10,
      fetch_types: false,
      prepare: false,
      connection: { application_name: "heliograph-listen" },
      onnotice: () => {},
      onclose: () => lost("the connection was closed"),
      onnotify: (channel, payload) => {
        if (!isCurrent() || channel !== this.#options.channel) return;
        if (this.#echo && payload.includes(this.#echo.nonce)) return this.#echo.heard();
        try {
          this.#options.onPayload(payload);
        } catch (error) {
          this.#options.logger.error("A notification could not be used; its events will be read from the log.", { error });
        }
      },
    };
    return postgres(this.#options.url, options);
  }

  /** Only a notification that comes back proves that LISTEN works here; a pooler accepts the statement just the same. */
  async #hearsItself(sql: Sql): Promise<boolean> {
    const nonce = crypto.randomUUID();
    const heard = new Promise<boolean>((resolve) => {
      this.#echo = { nonce, heard: () => resolve(true) };
    });
    try {
      await withDeadline(this.#options.notify(JSON.stringify([[nonce]])), ANSWER_MS, "NOTIFY was not answered");
      const silent = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => silent.resolve(false), ECHO_MS);
      const result = await Promise.race([heard, silent.promise]);
      clearTimeout(timer);
      return result && (await this.#isListening(sql));
    } finally {
      this.#echo = null;
    }
  }

  async #isListening(sql: Sql): Promise<boolean> {
    const query = "select exists (select from pg_listening_channels() c where c = $1) as yes";
    const [row] = await withDeadline(sql.unsafe(query, [this.#options.channel]), ANSWER_MS, "the heartbeat was not answered");
    return row?.yes === true;
  }

  #scheduleHeartbeat(sql: Sql, lost: (why: string) => void): void {
    this.#timer = setTimeout(async () => {
      try {
        if (await this.#isListening(sql))
          return void (this.#state === "listening" && this.#sql === sql && this.#scheduleHeartbeat(sql, lost));
        lost("the server forgot that we listen");
      } catch (error) {
        lost(error instanceof Error ? error.message : String(error));
      }
    }, HEARTBEAT_MS);
  }

  #retry(why: string): void {
    const backoffMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    this.#options.logger.warn(`Lost the LISTEN connection (${why}); polling, and trying again in ${Math.round(backoffMs)} ms.`);
    this.#again("waiting", backoffMs);
  }

  #beDeaf(): void {
    if (!this.#warnedDeaf) {
      this.#warnedDeaf = true;
      this.#options.logger.warn(
        "LISTEN was accepted but hears nothing, as behind a transaction-mode pooler: polling instead. Set DIRECT_URL to a direct connection.",
      );
    }
    this.#again("deaf", RETEST_DEAF_MS);
  }

  #again(state: "waiting" | "deaf", afterMs: number): void {
    this.#generation++; // whatever the old connection still says is not for us
    clearTimeout(this.#timer);
    // Swallowed: it is being thrown away, and all that can fail is saying good-bye.
    void this.#sql?.end({ timeout: 0 }).catch(() => {});
    this.#sql = null;
    this.#set(state);
    this.#timer = setTimeout(() => void this.#connect(), afterMs);
  }

  #set(state: ListenerState): void {
    if (this.#state === "closed") return;
    this.#state = state;
    this.#options.onState(state);
  }
}

async function withDeadline<T>(promise: PromiseLike<T>, ms: number, message: string): Promise<T> {
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.reject(new Error(`${message} within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}
