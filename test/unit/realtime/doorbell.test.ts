import { expect, test } from "vitest";
import { DEFAULT_LIMITS, startCounting } from "#realtime/core.ts";
import { Doorbell, type Hint, parsePayload, toPayload } from "#realtime/doorbell.ts";
import { LoggedEvent } from "#realtime/wire.ts";
import { upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { seededRandom } from "../../support/random.ts";

const hint = (stream: string, first: number, texts: readonly string[]): Hint => ({
  stream,
  epoch: "aaaaaaaa-bbbbbbbb",
  first,
  last: first + texts.length - 1,
  events: texts.map((text, index) => new LoggedEvent(first + index, "added", JSON.stringify(text), null)),
});

/** A doorbell on a database that the test answers for; `sent` holds the payloads of each statement. */
function install() {
  const sent: string[][] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const pool = {
    query: (_: string, [, payloads]: [string, string]) => {
      sent.push(JSON.parse(payloads));
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      return answer.promise;
    },
  };
  const core = { pool, limits: DEFAULT_LIMITS, count: startCounting() };
  // The network between it and the database: it has one kind of statement and logs nothing.
  const doorbell = new Doorbell(core as unknown as ConstructorParameters<typeof Doorbell>[0]);
  const ring = async (hints: Hint[]) => {
    const before = sent.length;
    doorbell.ring(hints);
    await eventually(() => expect(sent.length).toBeGreaterThan(before));
    answers.at(-1)?.resolve();
    await doorbell.settled();
    return (sent.at(-1) ?? []).map((payload) => parsePayload(payload).events !== null);
  };
  return { doorbell, sent, answers, count: core.count, ring };
}

test("[BUS1] payloads stay below what pg_notify takes, in bytes, and say the same when they are read", () => {
  const random = seededRandom();
  const letters = ["a", '"', "\\", "é", "語", "🜁", "\u0000", "\ud800"];
  for (let round = 0; round < 3_000; round++) {
    const ring = hint(
      `note:${"x".repeat(random.int(1, 120))}`,
      random.int(1, 1e9),
      upTo(random.int(1, 3)).map(() => random.pick(letters).repeat(random.pick([1, 30, 1_300, 4_000]))),
    );
    const payload = toPayload(ring, random.pick([-5, 0, 500, 7_000, 20_000]));
    expect(Buffer.byteLength(payload)).toBeLessThan(8_000);
    const heard = parsePayload(payload);
    expect({ ...heard, events: null }).toEqual({ ...ring, events: null });
    if (heard.events) expect(heard.events.map(({ seq, data }) => [seq, data])).toEqual(ring.events?.map(({ seq, data }) => [seq, data]));
  }
});

test("events travel along while few bytes wait, and only their places when there are many", async () => {
  const { ring } = install();
  const large = upTo(5).map((n) => hint(`note:${n}`, 1, ["x".repeat(5_000)]));
  expect(await ring([hint("note:a", 1, ["x"])])).toEqual([true]);
  expect(await ring(large)).toEqual([true, true, true, false, false]);
  // What waited then waits no more.
  expect(await ring(large.slice(0, 2))).toEqual([true, true]);
  expect(await ring([hint("note:a", 1, ["x".repeat(9_000)]), hint("note:b", 1, ["x"])])).toEqual([false, true]);
});

test("[BUS1] what is rung while a statement is under way goes with the next in order, and no more than 10,000 wait", async () => {
  const { doorbell, sent, answers, count } = install();
  doorbell.ring([hint("note:a", 1, ["x"])]);
  await eventually(() => expect(sent).toHaveLength(1));
  for (const n of upTo(10_020)) doorbell.ring([hint("note:a", n + 1, ["x"])]);
  answers[0]?.reject(new Error("lost"));
  await eventually(() => expect(sent).toHaveLength(2));
  expect(sent[1]?.map((payload) => parsePayload(payload).first)).toEqual(upTo(10_000).map((n) => n + 21));
  expect(Buffer.byteLength(sent[1]?.join("") ?? "")).toBeLessThan(2_000_000);
  answers[1]?.resolve();
  await doorbell.settled();
  expect(count).toMatchObject({ dropped_rings: 21, payloads: 10_000 });
});

test("what is not ours on the channel is refused", () => {
  const payloads = [
    "",
    "null",
    "[1]",
    "{}",
    '["a","b",1,2]',
    '{"stream":"a","epoch":"b","first":1}',
    '{"stream":"a","epoch":null,"first":1,"last":2}',
  ];
  for (const payload of [
    ...payloads,
    '{"stream":"a","epoch":"b","first":1.5,"last":2}',
    '{"stream":"a","epoch":"b","first":1,"last":"2"}',
  ]) {
    expect(() => parsePayload(payload)).toThrow();
  }
});
