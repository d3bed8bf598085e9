/** At most so many at once; the others wait their turn, in order, and leave the queue when their signal is aborted. */
export type Gate = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

export function createGate(limit: number): Gate {
  let free = limit;
  const waiting: (() => void)[] = [];

  function enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const admit = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(admit), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      waiting.push(admit);
    });
  }

  return async (work, signal) => {
    await enter(signal);
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so that nobody who comes now can overtake.
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
