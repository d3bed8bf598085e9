import { setTimeout as delay } from "node:timers/promises";
import { startWatch } from "./stopwatch.ts";

export interface EventuallyOptions {
  /** Of a machine that runs: see stopwatch.ts. @default 5000 */
  readonly timeoutMs?: number;
  /** How long between two looks. @default 10 */
  readonly intervalMs?: number;
  /** What is being waited for, for the failure's message: "the run to finish". */
  readonly what?: string;
}

/**
 * Waits until `check` neither throws nor returns `false` or `null`, and returns what it returned. Put `expect` calls inside: the
 * last failure is the one reported.
 *
 *     await eventually(async () => expect(await heads()).toEqual([3]), { what: "the third event" });
 *
 * @throws Error with the last failure as its cause when the time is over
 */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<Exclude<T, false | null>> {
  const { timeoutMs = 5_000, intervalMs = 10, what = "the condition" } = options;
  const elapsedMs = startWatch();
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      // The cast says what the comparison just showed, for a generic T that the compiler cannot narrow.
      if (value !== false && value !== null) return value as Exclude<T, false | null>;
      last = value;
    } catch (error) {
      last = error;
    }
    if (elapsedMs() >= timeoutMs) {
      const reason = last instanceof Error ? last.message : `last seen: ${String(last)}`;
      throw new Error(`Waited ${timeoutMs} ms for ${what}: ${reason}`, { cause: last });
    }
    await delay(intervalMs);
  }
}
