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
const name = ({ row }: Publication) => `${row.stream}${row.data}`;
const streams = (publications: Publication[]) => publications.map(({ row }) => row.stream);

test("batches keep the order and are bounded in events and in size", () => {
  const many = queueOf(upTo(MAX_BATCH_EVENTS + 7).map((n) => publication(`s${n}`)));
  expect(streams(many.take(false))).toEqual(upTo(MAX_BATCH_EVENTS).map((n) => `s${n}`));
  expect(many.take(false)).toHaveLength(7);
  expect(many.take(false)).toEqual([]);
  const large = queueOf([..."abcd"].map((stream) => publication(stream, "x".repeat(100 * 1024))));
  expect([large.take(false).length, large.take(false).length]).toEqual([2, 2]);
  const oversized = queueOf([publication("a", "x".repeat(1024 * 1024)), publication("b")]);
  expect([streams(oversized.take(false)), streams(oversized.take(false))]).toEqual([["a"], ["b"]]);
});

test("[LOG5] a batch holds one fence per stream", () => {
  const queue = queueOf([publication("a", "{}", 1), publication("b"), publication("a", "{}", 2), publication("b")]);
  expect(queue.take(false).map(({ row }) => [row.stream, row.fence])).toEqual([
    ["a", 1],
    ["b", null],
  ]);
  expect(streams(queue.take(false))).toEqual(["a", "b"]);
});

test("a stream that goes alone shares its batch with nobody, and has one fence all the same", () => {
  const queue = queueOf([
    publication("a", "1"),
    publication("a", "2"),
    publication("a", "3", 7),
    publication("b", "1"),
    publication("a", "4"),
  ]);
  expect(
    [queue.take(true), queue.take(true), queue.take(true), queue.take(true), queue.take(true)].map((batch) => batch.map(name)),
  ).toEqual([["a1", "a2"], ["a3"], ["b1"], ["a4"], []]);
});

test("[LOG6] it is full by number and by size until what was taken is done", () => {
  const full = expect.objectContaining({ code: "QUEUE_FULL" });
  const queue = queueOf([publication("a"), publication("a")], { maxQueuedEvents: 2 });
  expect(() => queue.push(publication("b"))).toThrowError(full);
  const batch = queue.take(false);
  expect(() => queue.push(publication("b"))).toThrowError(full);
  queue.done(batch);
  queue.putFirst(batch);
  expect(() => queue.push(publication("b"))).toThrowError(full);
  queue.remove(({ row }) => row.stream === "a");
  queue.push(publication("b"));
  const small = queueOf([publication("a", "x".repeat(60))], { maxQueuedChars: 100 });
  expect(() => small.push(publication("a", "x".repeat(60)))).toThrowError(full);
  small.done(small.take(false));
  small.push(publication("a", "x".repeat(60)));
});

test("what is put back, or taken out, keeps the order of its stream", () => {
  const queue = queueOf([publication("a", "1"), publication("b", "1"), publication("a", "2")]);
  const batch = queue.take(false);
  for (const later of [publication("a", "3"), publication("c", "1")]) queue.push(later);
  queue.done(batch);
  queue.putFirst(batch);
  expect(queue.take(false, 1).map(name)).toEqual(["a1"]);
  expect(queue.remove(({ row }) => row.stream === "a").map(name)).toEqual(["a2", "a3"]);
  expect(queue.take(false).map(name)).toEqual(["b1", "c1"]);
});
