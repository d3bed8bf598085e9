/**
 * When the next attempt to connect may begin.
 *
 * tRPC's client sleeps between attempts and nobody can wake it. So it is told never to wait, and asks here for the address of
 * each attempt instead: the answer comes when the time is right. That makes the wait visible (a countdown), skippable
 * ("now"), and stoppable (offline, cut, signed out) without touching tRPC's internals.
 */

/** Half of the wait is random, the first one included: after a deploy every tab reconnects in the same second. */
const FIRST_WAIT_MS = 600;
const MAX_WAIT_MS = 30_000;

export interface GateOptions {
  /** @default Math.random */
  readonly random?: () => number;
  /** Told whenever `retryAt` or `blocked` has changed. */
  readonly onChange: () => void;
}

export class ReconnectGate {
  readonly #options: GateOptions;
  readonly #blocks = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #attempts = 0;
  #retryAt: number | null = null;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** When the next attempt begins by itself, by `Date.now()`; null when none is waiting for time, or something blocks. */
  get retryAt(): number | null {
    return this.isBlocked ? null : this.#retryAt;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Resolves when an attempt may begin. */
  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      const attempt = this.#attempts++;
      if (attempt > 0) this.#wait(Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), MAX_WAIT_MS));
      else this.#open();
    });
  }

  /** The connection lasts: the next loss waits little again. Its first attempt counts as a repeat, so it is spread too. */
  succeeded(): void {
    this.#attempts = 1;
  }

  /** Lets the waiting attempt begin now, unless something blocks. */
  skipWait(): void {
    this.#clear();
    this.#open();
  }

  /** No attempt begins while any reason stands. */
  block(reason: string): void {
    this.#blocks.add(reason);
    this.#options.onChange();
  }

  unblock(reason: string): void {
    if (!this.#blocks.delete(reason)) return;
    if (this.#blocks.size === 0) this.skipWait();
    this.#options.onChange();
  }

  get isBlocked(): boolean {
    return this.#blocks.size > 0;
  }

  isBlockedBy(reason: string): boolean {
    return this.#blocks.has(reason);
  }

  #wait(ms: number): void {
    const waitMs = ms / 2 + (this.#options.random ?? Math.random)() * (ms / 2);
    this.#clear();
    this.#retryAt = Date.now() + waitMs;
    this.#timer = setTimeout(() => this.skipWait(), waitMs);
    this.#options.onChange();
  }

  #open(): void {
    if (this.#blocks.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#options.onChange();
  }

  #clear(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#retryAt = null;
  }
}
