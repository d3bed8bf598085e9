/**
 * Between a node that reports as often as it likes and the log, which should not grow with it: at most one write in a while, one
 * under way at a time, and the last report always written.
 */
import { storableLine } from "./items.ts";
import type { Progress } from "./ledger.ts";

const MIN_INTERVAL_MS = 100;

export interface ProgressWriter {
  report(done: number, total: number | null, message: string): void;
  /** Writes the last report unless it is written; afterwards reports are ignored. @throws what `write` throws */
  finish(): Promise<void>;
  /** Forgets the last report: this worker may not write any more. Resolves when no write is under way. */
  drop(): Promise<void>;
}

/** @param onError when a write fails while the node runs: the run cannot go on, and `finish` throws it too */
export function createProgressWriter(write: (progress: Progress) => Promise<void>, onError: (error: unknown) => void): ProgressWriter {
  let latest: Progress | null = null;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let failure: { readonly error: unknown } | null = null;
  let lastAt = Number.NEGATIVE_INFINITY;
  let finished = false;

  function schedule(): void {
    if (timer || writing || finished || failure || !latest) return;
    const waitMs = Math.max(0, lastAt + MIN_INTERVAL_MS - performance.now());
    timer = setTimeout(() => {
      timer = null;
      void flush();
    }, waitMs);
  }

  function flush(): Promise<void> {
    if (!latest) return Promise.resolve();
    const progress = latest;
    latest = null;
    lastAt = performance.now();
    writing = write(progress)
      .catch((error: unknown) => {
        failure = { error };
        onError(error);
      })
      .finally(() => {
        writing = null;
        schedule();
      });
    return writing;
  }

  return {
    report(done, total, message) {
      if (finished) return;
      latest = { done: whole(done), total: total === null ? null : whole(total), message: storableLine(message) };
      schedule();
    },
    async finish() {
      finished = true;
      if (timer) clearTimeout(timer);
      await writing;
      if (!failure) await flush();
      if (failure) throw failure.error;
    },
    async drop() {
      finished = true;
      if (timer) clearTimeout(timer);
      await writing;
    },
  };
}

/** The column holds whole numbers of 64 bits, and the event must say the same; what a node reports may come from anywhere. */
function whole(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(0, Math.round(value)), Number.MAX_SAFE_INTEGER) : 0;
}
