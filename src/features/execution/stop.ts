/** Why a run that is under way is stopped from outside: the reason of its abort signal. */
export type StopCause =
  /** Somebody asked for it: the run ends as cancelled. */
  | "cancelled"
  /** This process shuts down: another worker goes on. */
  | "released"
  /** Another worker has the run: write nothing. */
  | "fenced"
  /** A write failed: nothing more can be recorded now. */
  | "broken";

export class Stop extends Error {
  override readonly name = "Stop";
  readonly stop: StopCause;

  constructor(stop: StopCause, options?: ErrorOptions) {
    super(`The run is stopped: ${stop}.`, options);
    this.stop = stop;
  }
}

/** Why `signal` was aborted; null while it is not. */
export function stopCause(signal: AbortSignal): StopCause | null {
  if (!signal.aborted) return null;
  return signal.reason instanceof Stop ? signal.reason.stop : "broken";
}

/** Settles with `work`, or rejects as soon as `signal` aborts, whether or not `work` listens to it. */
export async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Whichever lost the race may still reject; nobody is left to hear it.
    work.catch(() => {});
    stopped.catch(() => {});
  }
}
