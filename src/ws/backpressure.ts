/**
 * How much a socket has not yet sent, and what to do about it.
 *
 * `ws` accepts everything it is given and keeps it in memory, so whoever writes must look first (SUB3). Writers of one socket
 * share one timer that looks at `bufferedAmount` while somebody waits; there is no event for "drained". A socket that stays
 * over the mark for the stall limit is closed with 4408: its client connects again and resumes from its last position, which
 * costs one replay instead of unbounded memory.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { closeCodes } from "./close-codes.ts";

/** What a writer needs of its socket. */
export interface SocketBackpressure {
  readonly bufferedAmount: number;
  /** False once it is closing: what it carried ends because the connection does. */
  readonly isOpen: boolean;
  /** Resolves when the socket has room, in this turn of the event loop or a later one; rejects with the signal's reason, or when the socket was given up. */
  whenWritable(signal?: AbortSignal): Promise<void>;
}

export interface BackpressureLimits {
  /** Writers wait while more than this is buffered. */
  readonly highWaterBytes: number;
  /** A socket over the mark for this long is closed. */
  readonly stallMs: number;
}

/** The part of a `ws` socket that is looked at. */
export interface WatchedSocket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  close(code: number, reason: string): void;
  terminate(): void;
}

const LOOK_EVERY_MS = 20;
/**
 * After so many writes the event loop gets a turn. A socket may take, or lose, all it is given at once, with nothing ever buffered; a
 * writer that always has something would then be all that this process does, and not even hear of the socket's end.
 */
const WRITES_PER_TURN = 100;
/** A stalled peer does not read the close frame either; after this its connection is cut. */
const TERMINATE_AFTER_MS = 2_000;
const OPEN = 1;

interface Waiter {
  resolve(): void;
  reject(reason: Error): void;
}

export class Backpressure implements SocketBackpressure {
  readonly #socket: WatchedSocket;
  readonly #limits: BackpressureLimits;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | null = null;
  #overSince = 0;
  #watched = false;
  #writes = 0;

  constructor(socket: WatchedSocket, limits: BackpressureLimits) {
    this.#socket = socket;
    this.#limits = limits;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === OPEN;
  }

  /** Whether it is over the mark. From the first time that this is so the stall limit counts, also while no writer waits. */
  isFull(): boolean {
    if (this.#socket.bufferedAmount <= this.#limits.highWaterBytes) return false;
    this.#watched = true;
    this.#startLooking();
    return true;
  }

  async whenWritable(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (++this.#writes > WRITES_PER_TURN) {
      this.#writes = 0;
      await nextTurn();
      signal?.throwIfAborted();
    }
    if (this.#socket.bufferedAmount > this.#limits.highWaterBytes) await this.#wait(signal);
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => () => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener("abort", onAbort);
        finish();
      };
      const onAbort = () => waiter.reject(signal?.reason);
      const waiter: Waiter = { resolve: settle(resolve), reject: (reason) => settle(() => reject(reason))() };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort);
      this.#startLooking();
    });
  }

  #startLooking(): void {
    if (this.#timer) return;
    this.#overSince = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  #look(): void {
    const writable = this.#socket.bufferedAmount <= this.#limits.highWaterBytes;
    if (this.#socket.readyState !== OPEN)
      this.#finish((waiter) => waiter.reject(new Error("The socket closed while its buffer was full.")));
    else if (writable) this.#finish((waiter) => waiter.resolve());
    else if (performance.now() - this.#overSince > this.#limits.stallMs) this.#giveUp();
    else if (this.#waiters.size === 0 && !this.#watched) this.#finish(() => {});
  }

  #giveUp(): void {
    const { code, reason } = closeCodes.slowReader;
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), TERMINATE_AFTER_MS).unref();
    this.#finish((waiter) =>
      waiter.reject(new Error(`The socket did not drain for ${this.#limits.stallMs} ms and was closed with ${code}.`)),
    );
  }

  #finish(settle: (waiter: Waiter) => void): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#watched = false;
    for (const waiter of [...this.#waiters]) settle(waiter);
  }
}
