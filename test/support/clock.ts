/** A clock that stands still until the test moves it, for code that is handed its time and timers. */
export interface TestClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Like the global one, on this clock. @returns a function that cancels it */
  setTimeout(callback: () => void, ms: number): () => void;
  /** Moves time on, running each timer at its own moment and in order, timers that those set included. */
  advance(ms: number): void;
  /** Timers that are set and have not run; zero at the end of a test that cleans up. */
  pending(): number;
}

/** @param start @default 2026-01-01T00:00:00Z */
export function createTestClock(start = Date.UTC(2026, 0, 1)): TestClock {
  let now = start;
  const timers = new Set<{ at: number; callback: () => void }>();
  const nextBefore = (limit: number) =>
    [...timers]
      .filter((timer) => timer.at <= limit)
      .reduce<{ at: number; callback: () => void } | null>((first, timer) => (first === null || timer.at < first.at ? timer : first), null);
  return {
    now: () => now,
    setTimeout(callback, ms) {
      const timer = { at: now + Math.max(0, ms), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const target = now + ms;
      for (let timer = nextBefore(target); timer !== null; timer = nextBefore(target)) {
        timers.delete(timer);
        now = timer.at;
        timer.callback();
      }
      now = target;
    },
    pending: () => timers.size,
  };
}
