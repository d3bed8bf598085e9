/** What one socket, one user and the process may ask for. Each limit answers with an error that names it (WS3). */

export interface SocketLimits {
  /** Largest message in bytes; a bigger one closes the socket with 1009. @default 65_536 */
  readonly messageBytes: number;
  /** Subscriptions at a time on one socket; one more is answered TOO_MANY_REQUESTS. @default 100 */
  readonly subscriptionsPerSocket: number;
  /** Queries and mutations under way at a time on one socket. @default 32 */
  readonly callsPerSocket: number;
  /** Sockets of one user (signed out: of one address); one more is closed with 4430. @default 32 */
  readonly socketsPerOwner: number;
  /** Sockets of this process; one more upgrade is answered 503. @default 10_000 */
  readonly sockets: number;
  /** Messages and operations a socket may send at once; over it, the socket is closed with 4429. @default 400 */
  readonly burst: number;
  /** How fast the burst fills up again, a second. @default 50 */
  readonly messagesPerSecond: number;
  /** How often the peer is pinged; a silent one is found within twice this (WS4). @default 12_000 */
  readonly heartbeatMs: number;
  /** Writers wait while more than this is buffered for a socket. @default 1 MiB */
  readonly highWaterBytes: number;
  /** A socket over that mark for this long is closed with 4408. @default 15_000 */
  readonly stallMs: number;
}

export const socketLimits: SocketLimits = {
  messageBytes: 64 * 1024,
  subscriptionsPerSocket: 100,
  callsPerSocket: 32,
  socketsPerOwner: 32,
  sockets: 10_000,
  // A reconnecting tab sends all its subscriptions at once, and may do so a few times in a bad network.
  burst: 400,
  messagesPerSecond: 50,
  heartbeatMs: 12_000,
  highWaterBytes: 1024 * 1024,
  stallMs: 15_000,
};

/** A leaky bucket: what a socket may still send. */
export class MessageBudget {
  readonly #limits: Pick<SocketLimits, "burst" | "messagesPerSecond">;
  readonly #now: () => number;
  #left: number;
  #at: number;

  constructor(limits: Pick<SocketLimits, "burst" | "messagesPerSecond">, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
    this.#left = limits.burst;
    this.#at = now();
  }

  /** False when there is not enough left. */
  take(count: number): boolean {
    const now = this.#now();
    const refill = (Math.max(now - this.#at, 0) / 1_000) * this.#limits.messagesPerSecond;
    this.#left = Math.min(this.#limits.burst, this.#left + refill) - count;
    this.#at = now;
    return this.#left >= 0;
  }
}
