/** The thread behind stopwatch.ts. It does nothing but wake up, so whatever keeps it from that is neither the test nor what it tests. */
import { workerData } from "node:worker_threads";
import { type Pulse, STALL_NS, TICK_MS } from "./stopwatch.ts";

const pulse: Pulse = workerData;
setInterval(() => {
  const now = process.hrtime.bigint();
  const gap = now - Atomics.exchange(pulse.wokeAt, 0, now);
  if (gap < now && gap > STALL_NS) Atomics.add(pulse.stalled, 0, gap);
}, TICK_MS);
