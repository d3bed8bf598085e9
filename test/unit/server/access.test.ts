import { afterEach, expect, test, vi } from "vitest";
import type { Realtime } from "#realtime/index.ts";
import { type AccessChange, createAccess } from "#server/access.ts";
import type { Database } from "#server/db.ts";
import { createLogger } from "#server/logger.ts";

afterEach(() => {
  vi.useRealTimers();
});

const removed = { type: "accessChanged", at: new Date(), data: { reason: "removed", about: "w1" } };

/** An engine whose reads of the access stream end one after the other as `reads` says, and then wait. */
function setUp(reads: (() => AsyncIterable<unknown>)[]) {
  const after: (string | null)[] = [];
  const realtime = {
    snapshot: async () => ({ view: null, position: "e.1" }),
    subscribe(_topic: unknown, _id: string, options: { after: string | null; signal: AbortSignal }) {
      after.push(options.after);
      const next = reads.shift();
      if (next) return next();
      return (async function* () {
        await new Promise((resolve) => options.signal.addEventListener("abort", resolve));
      })();
    },
  } as unknown as Realtime; // the two things that are used of it
  const access = createAccess({ realtime, db: {} as Database, log: createLogger({ format: "json", write: () => {} }) });
  return { access, after };
}

test("[SUB4] when the stream of changes cannot be read everybody asks again, and nothing of it is missed afterwards", async () => {
  vi.useFakeTimers();
  const { access, after } = setUp([
    async function* () {
      yield { position: "e.2", event: removed };
      throw new Error("The connection was lost.");
    },
    async function* () {
      yield { position: "e.3", event: removed };
    },
  ]);
  const told: AccessChange[] = [];
  const cached: AccessChange[] = [];
  access.onChange((change) => cached.push(change));
  using watch = access.watch("u1", (change) => told.push(change));
  await watch.ready;
  await vi.advanceTimersByTimeAsync(0);
  const change = { userId: "u1", sessionId: null, reason: "removed", about: "w1" };
  const unknown = { ...change, reason: null, about: null };
  expect(told).toEqual([change, unknown]);
  // Ended by itself counts as failed, too.
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([change, unknown, change, unknown]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(after).toEqual(["e.1", "e.2", "e.3"]);
  expect(cached).toEqual(told);
});
