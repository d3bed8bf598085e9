/** Waiting and repeating, without lost wake-ups, overlaps or endless waits. */

/**
 * Work that may never run twice at once and may never be forgotten. `start` begins a run, or makes the present one go round once
 * more; what else is asked for in the same turn of the event loop goes along. `work` must not reject.
 */
export class Loop {
  readonly #work: () => Promise<void>;
  #again = false;
  #running: Promise<void> | null = null;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  start(): void {
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Whether a run is under way or about to begin. */
  get busy(): boolean {
    return this.#running !== null;
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#again) {
      this.#again = false;
      await this.#work();
    }
    // In the same turn as the last look at #again: cleared any later, a start in between would wait for the next one.
    this.#running = null;
  }
}

/** Runs `work` with a pause before each time, until the returned function is called. `work` must not reject. */
export function repeat(work: () => Promise<void>, pauseMs: () => number): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const next = () => {
    timer = setTimeout(() => void work().then(() => stopped || next()), pauseMs());
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

export function backoffMs(attempt: number, minMs: number, maxMs: number): number {
  return Math.min(maxMs, minMs * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/** The code of what `withDeadline` throws; it reads like the driver's own codes for lost connections. */
export const SILENT = "CONNECTION_SILENT";

export async function withDeadline<T>(promise: PromiseLike<T>, ms: number): Promise<T> {
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.reject(Object.assign(new Error(`no answer within ${ms} ms`), { code: SILENT })), ms);
  try {
    return await Promise.race([promise, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}
