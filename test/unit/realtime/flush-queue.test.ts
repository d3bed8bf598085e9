import { expect, test } from "vitest";
import { DEFAULT_LIMITS, type RealtimeLimits } from "#realtime/core.ts";
import { FlushQueue, MAX_BATCH_EVENTS, type Publication } from "#realtime/flush-queue.ts";
import { upTo } from "../../support/engine.ts";

function publication(stream: string, data = "{}", fence: number | null = null): Publication {
  return { row: { stream, type: "added", data, meta: null, fence }, queuedAtMs: 0, resolve: () => {}, reject: () => {} };
}

const queueOf = (publications: Publication[], limits: Partial<RealtimeLimits> = {}) => {
  const queue = new FlushQueue({ ...DEFAULT_LIMITS, ...limits });
  for (const one of publications) queue.push(one);
  return queue;
};
const streams = (publications: Publication[]) => publications.map(({ row }) => row.stream);

test("batches keep the order and are bounded in events and in size", () => {
  const many = queueOf(upTo(MAX_BATCH_EVENTS + 7).map((n) => publication(`s${n}`)));
  expect(streams(many.take())).toEqual(upTo(MAX_BATCH_EVENTS).map((n) => `s${n}`));
  expect(many.take()).toHaveLength(7);
  expect(many.take()).toEqual([]);
  const large = queueOf([..."abcd"].map((stream) => publication(stream, "x".repeat(100 * 1024))));
  expect([large.take().length, large.take().length]).toEqual([2, 2]);
  const oversized = queueOf([publication("a", "x".repeat(1024 * 1024)), publication("b")]);
  expect([streams(oversized.take()), streams(oversized.take())]).toEqual([["a"], ["b"]]);
});

test("[LOG5] a batch holds one fence per stream", () => {
  const queue = queueOf([publication("a", "{}", 1), publication("b"), publication("a", "{}", 2), publication("b")]);
  expect(queue.take().map(({ row }) => [row.stream, row.fence])).toEqual([
    ["a", 1],
    ["b", null],
  ]);
  expect(streams(queue.take())).toEqual(["a", "b"]);
});

test("[LOG6] it is full by number and by size until what was taken is settled", () => {
  const full = expect.objectContaining({ code: "QUEUE_FULL" });
  const queue = queueOf([publication("a"), publication("a")], { maxQueuedEvents: 2 });
  expect(() => queue.push(publication("b"))).toThrowError(full);
  const batch = queue.take();
  expect(() => queue.push(publication("b"))).toThrowError(full);
  expect(queue.holds("a")).toBe(true);
  queue.done(batch);
  expect(queue.holds("a")).toBe(false);
  queue.push(publication("b"));
  const small = queueOf([publication("a", "x".repeat(60))], { maxQueuedChars: 100 });
  expect(() => small.push(publication("a", "x".repeat(60)))).toThrowError(full);
});

test("what is put back keeps the order of its stream", () => {
  const name = ({ row }: Publication) => `${row.stream}${row.data}`;
  const queue = queueOf([publication("a", "1"), publication("b", "1")]);
  const batch = queue.take();
  for (const later of [publication("a", "2"), publication("c", "1")]) queue.push(later);
  queue.putLast(batch.slice(0, 1));
  expect(queue.take().map(name)).toEqual(["c1", "a1", "a2"]);
  queue.putFirst(batch);
  expect(queue.take(1).map(name)).toEqual(["a1"]);
  queue.push(publication("a", "3"));
  expect(queue.remove(new Set(["a"])).map(name)).toEqual(["a3"]);
});
