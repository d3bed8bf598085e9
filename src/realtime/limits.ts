/** Every bound of the engine, with its default: nothing in it may grow with a slow database or a slow reader. */
import type { ReadLimits } from "./read.ts";
import type { SubscriberLimits } from "./subscriber.ts";
import type { SweepLimits } from "./sweep.ts";

export interface RealtimeLimits extends ReadLimits, SubscriberLimits, SweepLimits {
  /** Largest event, in bytes of JSON. Bulk belongs in a table. */
  readonly maxEventBytes: number;
  /** Events that may wait to be stored before publishers get QUEUE_FULL. */
  readonly maxQueuedEvents: number;
  readonly maxQueuedChars: number;
  /** How long a publisher waits for the database before TIMEOUT, in milliseconds. */
  readonly publishTimeoutMs: number;
  /** How long a batch waits for a stream that another transaction holds before it goes on without, in milliseconds. */
  readonly lockTimeoutMs: number;
}

export const DEFAULT_LIMITS: RealtimeLimits = {
  maxEventBytes: 256 * 1024,
  maxQueuedEvents: 10_000,
  maxQueuedChars: 32 * 1024 * 1024,
  publishTimeoutMs: 30_000,
  lockTimeoutMs: 250,
  pageEvents: 500,
  pageBytes: 512 * 1024,
  maxReplayEvents: 10_000,
  bufferEvents: 512,
  bufferChars: 1024 * 1024,
  sweepStreamsPerSecond: 500,
  pollMs: 250,
};
