/** What every part of the engine is handed: the database, the bounds, the counters and the log. */
import { RealtimeError } from "./errors.ts";
import type { Pool } from "./pool.ts";
import type { Topic } from "./topic.ts";

/** What the engine needs of a logger; the process hands one in. Fields never hold event data. */
export interface Logger {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** The bounds that one may want to set otherwise: nothing in the engine may grow with a slow database or a slow reader. */
export const DEFAULT_LIMITS = {
  /** Largest event, in bytes of JSON. Bulk belongs in a table. */
  maxEventBytes: 256 * 1024,
  /** Events that may wait to be stored before publishers get QUEUE_FULL, and their UTF-16 length in all. */
  maxQueuedEvents: 10_000,
  maxQueuedChars: 32 * 1024 * 1024,
  /** How long a publisher waits for the database before TIMEOUT, in milliseconds. */
  publishTimeoutMs: 30_000,
  /** How long `close` waits for what is queued to be stored, in milliseconds. */
  closeTimeoutMs: 3_000,
  /** How long a batch waits for a stream that another transaction holds before it goes on without, in milliseconds. */
  lockTimeoutMs: 250,
  /** How long the database may work on one statement, or be silent, before it is given up, in milliseconds. */
  answerMs: 5_000,
  /** How often a notification of our own must come back, in milliseconds. */
  heartbeatMs: 10_000,
  /** Most events of one stream in one page. */
  pageEvents: 500,
  /** Most bytes of event text of one stream in one page; a larger single event still comes. */
  pageBytes: 512 * 1024,
  /** A reader further behind than this is told to refetch. */
  maxReplayEvents: 10_000,
  /** What one slow subscriber may have waiting, in events and in UTF-16 length. */
  bufferEvents: 512,
  bufferChars: 1024 * 1024,
  /** Streams that the safety sweep looks at in a second while LISTEN works. */
  sweepStreamsPerSecond: 500,
  /** Between two looks of the sweep, in milliseconds; while LISTEN does not work each is at everything. */
  pollMs: 250,
};

export type RealtimeLimits = Readonly<typeof DEFAULT_LIMITS>;

/** Counters since start, by the name under which `metrics` shows them. */
export const startCounting = () => ({
  published: 0,
  batches: 0,
  reads: 0,
  payloads: 0,
  dropped_rings: 0,
  listens: 0,
  swept: 0,
  caught_up: 0,
  trimmed: 0,
  delivered: 0,
  inline: 0,
  slow_readers: 0,
  resyncs: 0,
});

export interface Core {
  readonly pool: Pool;
  readonly limits: RealtimeLimits;
  readonly count: ReturnType<typeof startCounting>;
  readonly log: Logger;
  /** By name, the topics that this process has published to, subscribed, or was told to look after. */
  readonly topics: Map<string, Topic>;
}

/** @throws RealtimeError INVALID_TOPIC when another topic has that name: their streams would be the same */
export function register({ topics }: Core, topic: Topic): void {
  const known = topics.get(topic.name) ?? topic;
  if (known !== topic) throw new RealtimeError("INVALID_TOPIC", `Two topics are called "${topic.name}"; give one of them another name.`);
  topics.set(topic.name, topic);
}
