import { setTimeout as wait } from "node:timers/promises";
import { defineRunner } from "../context.ts";
import { delay } from "./definition.ts";

/** Often enough that a bar moves, seldom enough that an hour's wait is a few thousand events at most. */
const MIN_STEP_MS = 200;
const MAX_STEPS = 100;

export const runDelay = defineRunner(delay, async ({ input, parameters, progress, signal }) => {
  const { durationMs } = parameters;
  const startedAt = performance.now();
  const stepMs = Math.max(MIN_STEP_MS, durationMs / MAX_STEPS);
  for (;;) {
    // Measured each time, not summed: a paused process must not wait the steps it slept through once more.
    const elapsedMs = Math.min(durationMs, performance.now() - startedAt);
    progress(elapsedMs, durationMs, `${seconds(elapsedMs)} of ${seconds(durationMs)} s`);
    if (elapsedMs >= durationMs) return [...input];
    await wait(Math.min(stepMs, durationMs - elapsedMs), undefined, { signal });
  }
});

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
