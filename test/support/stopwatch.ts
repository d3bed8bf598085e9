/**
 * Time for promises like "within two seconds". A machine that stands still for a while (a paused container, a host that is out of
 * breath) keeps no such promise for anybody, so that time is not counted. It is noticed by a thread of its own, which wakes up fifty
 * times a second: a server or a test that blocks its own thread does not stop it, and neither does a machine that is merely busy.
 *
 *     const elapsedMs = startWatch();
 *     await whatIsPromised();
 *     expect(elapsedMs()).toBeLessThan(2_000);
 */
import { Worker } from "node:worker_threads";

export const TICK_MS = 20;
/** A busy machine wakes a thread some milliseconds late; what is longer than this is no waiting for one's turn. */
export const STALL_NS = 150_000_000n;

export interface Pulse {
  /** When the thread woke up last, in nanoseconds; 0 before its first time. */
  readonly wokeAt: BigInt64Array;
  /** For how long it could not, all in all. */
  readonly stalled: BigInt64Array;
}

// Taken before any test puts another clock in its place.
const now = process.hrtime.bigint;
let pulse: Pulse | null = null;

/** @returns a function that says how many milliseconds of a running machine have passed since */
export function startWatch(): () => number {
  pulse ??= startPulse();
  const [own, startedAt, stalledBefore] = [pulse, now(), stalledNs(pulse)];
  return () => Number(now() - startedAt - (stalledNs(own) - stalledBefore)) / 1e6;
}

function stalledNs({ wokeAt, stalled }: Pulse): bigint {
  const last = Atomics.load(wokeAt, 0);
  const gap = last === 0n ? 0n : now() - last;
  // After a stall we may be awake before it is.
  return Atomics.load(stalled, 0) + (gap > STALL_NS ? gap : 0n);
}

function startPulse(): Pulse {
  const shared = () => new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  const started: Pulse = { wokeAt: shared(), stalled: shared() };
  // Nothing of how this process was started: a test runner's loaders are none of its business.
  new Worker(new URL("./pulse.ts", import.meta.url), { workerData: started, execArgv: [], stdin: false }).unref();
  return started;
}
