import { expect, test } from "vitest";
import { type Core, DEFAULT_LIMITS, startCounting } from "#realtime/core.ts";
import { Hub } from "#realtime/hub.ts";
import type { From, LogReader, Page } from "#realtime/read.ts";
import { Subscriber } from "#realtime/subscriber.ts";
import { LoggedEvent } from "#realtime/wire.ts";
import { noteTopic } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";

const epoch = "aaaaaaaa-bbbbbbbb";
const event = (seq: number) => new LoggedEvent(seq, "added", "{}", null);
const page = (seq: number, ...seqs: number[]): Page => ({ head: { epoch, seq }, resync: null, events: seqs.map(event) });

function start(reader: LogReader) {
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  // A hub counts and logs; it has no statement of its own.
  const core = { limits: DEFAULT_LIMITS, count: startCounting(), log } as unknown as Core;
  return { core, hub: new Hub(core, reader) };
}

/** A hub with one subscriber, whose reads of the log the test answers; it does not know where the stream is. */
function join() {
  const answers: ((page: Page) => void)[] = [];
  const offered: number[] = [];
  const resyncs: string[] = [];
  // The network between hub and log, and the reader at its end: what a hub uses of both.
  const reader = { read: () => new Promise<Page>((resolve) => answers.push(resolve)) } as unknown as LogReader;
  const subscriber = {
    stream: "note:a",
    offer: (_: string, events: readonly LoggedEvent[]) => offered.push(...events.map(({ seq }) => seq)),
    resync: (reason: string) => resyncs.push(reason),
  } as unknown as Subscriber;
  const { hub } = start(reader);
  hub.join(subscriber);
  return { hub, answers, offered, resyncs };
}

/** The same, at 5. */
async function watch() {
  const watched = join();
  await eventually(() => expect(watched.answers).toHaveLength(1));
  watched.answers.shift()?.(page(5));
  await eventually(() => expect(watched.hub.headOf("note:a")).toEqual({ epoch, seq: 5 }));
  return watched;
}

test("[BUS1] what was hinted at before anybody knew where the stream is, is read as soon as that is known", async () => {
  const { hub, answers, offered } = join();
  await eventually(() => expect(answers).toHaveLength(1));
  hub.accept({ stream: "note:a", epoch, first: 6, last: 7, events: [event(6), event(7)] });
  // That look at the log was earlier than those two.
  answers.shift()?.(page(5));
  await eventually(() => expect(answers).toHaveLength(1));
  answers.shift()?.(page(7, 6, 7));
  await eventually(() => expect(offered).toEqual([6, 7]));
});

test("[BUS3] catching up while a read is under way reads once more, for what that read may have been too early for", async () => {
  const { hub, answers, offered } = await watch();
  void hub.catchUp();
  await eventually(() => expect(answers).toHaveLength(1));
  void hub.catchUp();
  answers.shift()?.(page(5));
  await eventually(() => expect(answers).toHaveLength(1));
  answers.shift()?.(page(6, 6));
  await eventually(() => expect(offered).toEqual([6]));
  expect(answers).toHaveLength(0);
});

test("[BUS1] what a hint brought while the log was read is not handed out twice", async () => {
  const { hub, answers, offered } = await watch();
  hub.accept({ stream: "note:a", epoch, first: 8, last: 8, events: [event(8)] });
  await eventually(() => expect(answers).toHaveLength(1));
  hub.accept({ stream: "note:a", epoch, first: 6, last: 7, events: [event(6), event(7)] });
  answers.shift()?.(page(8, 6, 7, 8));
  await eventually(() => expect(offered).toEqual([6, 7, 8]));
});

test("[LOG3] an answer older than what was handed out meanwhile sends nobody back", async () => {
  const { hub, answers, offered, resyncs } = await watch();
  void hub.catchUp();
  await eventually(() => expect(answers).toHaveLength(1));
  hub.accept({ stream: "note:a", epoch, first: 6, last: 6, events: [event(6)] });
  answers.shift()?.({ head: { epoch, seq: 5 }, resync: "truncated", events: [] });
  hub.accept({ stream: "note:a", epoch, first: 7, last: 7, events: [event(7)] });
  await eventually(() => expect(offered).toEqual([6, 7]));
  expect(hub.headOf("note:a")).toEqual({ epoch, seq: 7 });
  expect(resyncs).toEqual([]);
});

test("[LOG3] a log that was trimmed behind what was handed out meanwhile sends nobody back", async () => {
  const { hub, answers, offered, resyncs } = await watch();
  void hub.catchUp();
  await eventually(() => expect(answers).toHaveLength(1));
  hub.accept({ stream: "note:a", epoch, first: 6, last: 7, events: [event(6), event(7)] });
  // Asked from 5 on, where the first that is left comes after 6.
  answers.shift()?.({ head: { epoch, seq: 7 }, resync: "truncated", events: [] });
  await hub.catchUp([]);
  hub.accept({ stream: "note:a", epoch, first: 8, last: 8, events: [event(8)] });
  await eventually(() => expect(offered).toEqual([6, 7, 8]));
  expect(resyncs).toEqual([]);
});

test("[LOG3] a log that was trimmed up to what was handed out meanwhile is read on from there", async () => {
  const { hub, answers, offered, resyncs } = await watch();
  void hub.catchUp();
  await eventually(() => expect(answers).toHaveLength(1));
  hub.accept({ stream: "note:a", epoch, first: 6, last: 7, events: [event(6), event(7)] });
  answers.shift()?.({ head: { epoch, seq: 9 }, resync: "truncated", events: [] });
  await eventually(() => expect(answers).toHaveLength(1));
  answers.shift()?.(page(9, 8, 9));
  await eventually(() => expect(offered).toEqual([6, 7, 8, 9]));
  expect(resyncs).toEqual([]);
});

test("[LOG3] what was trimmed beyond what was handed out meanwhile is still told", async () => {
  const { hub, answers, offered, resyncs } = await watch();
  void hub.catchUp();
  await eventually(() => expect(answers).toHaveLength(1));
  hub.accept({ stream: "note:a", epoch, first: 6, last: 6, events: [event(6)] });
  answers.shift()?.({ head: { epoch, seq: 9 }, resync: "truncated", events: [] });
  await eventually(() => expect(answers).toHaveLength(1));
  answers.shift()?.({ head: { epoch, seq: 9 }, resync: "truncated", events: [] });
  await eventually(() => expect(resyncs).toEqual(["truncated"]));
  expect(offered).toEqual([6]);
  expect(hub.headOf("note:a")).toEqual({ epoch, seq: 9 });
});

test("[SUB2] a stream's birth is read, and an answer from before it, which comes after it was told of, keeps nothing from anybody", async () => {
  const { hub, answers, offered } = join();
  const unborn = { epoch: "0-bbbbbbbb", seq: 0 };
  await eventually(() => expect(answers).toHaveLength(1));
  answers.shift()?.({ head: unborn, resync: null, events: [] });
  await eventually(() => expect(hub.headOf("note:a")).toEqual(unborn));
  void hub.catchUp();
  await eventually(() => expect(answers).toHaveLength(1));
  hub.accept({ stream: "note:a", epoch, first: 1, last: 1, events: [event(1)] });
  answers.shift()?.({ head: unborn, resync: null, events: [] });
  await eventually(() => expect(answers).toHaveLength(1));
  answers.shift()?.(page(1, 1));
  await eventually(() => expect(offered).toEqual([1]));
  hub.accept({ stream: "note:a", epoch, first: 2, last: 2, events: [event(2)] });
  expect(offered).toEqual([1, 2]);
  expect(hub.headOf("note:a")).toEqual({ epoch, seq: 2 });
});

test("[BUS1] a hint that comes before the hub knows where it stands counts, also where the stream was made again meanwhile", async () => {
  const { hub, answers } = join();
  await eventually(() => expect(answers).toHaveLength(1));
  hub.accept({ stream: "note:a", epoch: "cccccccc-bbbbbbbb", first: 1, last: 1, events: [event(1)] });
  answers.shift()?.(page(5));
  await eventually(() => expect(answers).toHaveLength(1));
  answers.shift()?.({ head: { epoch: "cccccccc-bbbbbbbb", seq: 1 }, resync: "reset", events: [] });
  await eventually(() => expect(hub.headOf("note:a")).toEqual({ epoch: "cccccccc-bbbbbbbb", seq: 1 }));
});

test("[HUB1] a subscriber goes live by its own read while the hub's gets no answer, and does not read over and over", async () => {
  let reads = 0;
  const read = (_: string, after: From) => {
    if (after === "now") return new Promise(() => {});
    reads++;
    return new Promise((resolve) => setImmediate(resolve, page(5, ...(after === null ? [1, 2, 3, 4, 5] : []))));
  };
  const { core, hub } = start({ read } as unknown as LogReader);
  const subscriber = new Subscriber(core, hub, { topic: noteTopic, stream: "note:a", after: null, onUnknown: () => {} });
  const stream = subscriber.read();
  for (let seq = 1; seq <= 5; seq++) expect((await stream.next()).value?.position).toBe(`${epoch}.${seq}`);
  const next = stream.next();
  await eventually(() => expect(hub.headOf("note:a")).toEqual({ epoch, seq: 5 }));
  hub.accept({ stream: "note:a", epoch, first: 6, last: 6, events: [event(6)] });
  expect((await next).value?.position).toBe(`${epoch}.6`);
  expect(reads).toBe(1);
  await stream.return?.();
});
