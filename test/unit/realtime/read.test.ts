import { expect, test } from "vitest";
import { type Core, DEFAULT_LIMITS, startCounting } from "#realtime/core.ts";
import { LogReader } from "#realtime/read.ts";
import { eventually } from "../../support/eventually.ts";

const epoch = "aaaaaaaa-bbbbbbbb";

interface Statement {
  readonly streams: string[];
  answer(): void;
  fail(error: Error): void;
}

/** A reader whose statements the test answers: every stream is at 5. */
function start() {
  const statements: Statement[] = [];
  const query = (_: string, [input]: [string]) =>
    new Promise((resolve, reject) => {
      const streams = (JSON.parse(input) as [string, number][]).map(([stream]) => stream);
      const row = { epoch: "aaaaaaaa", incarnation: "bbbbbbbb", head: "5", seq: null };
      statements.push({ streams, answer: () => resolve(streams.map((_, index) => ({ ...row, ord: index + 1 }))), fail: reject });
    });
  // A reader counts and asks; nothing else of the engine.
  const core = { limits: DEFAULT_LIMITS, count: startCounting(), pool: { query } } as unknown as Core;
  return { reader: new LogReader(core), statements };
}

test("[HUB1] who asks for the same page before the statement is sent shares it, and who asks later gets a newer one", async () => {
  const { reader, statements } = start();
  const first = [reader.read("note:a", { epoch, seq: 5 }), reader.read("note:a", { epoch, seq: 5 })];
  await eventually(() => expect(statements.map(({ streams }) => streams)).toEqual([["note:a"]]));
  const later = reader.read("note:a", { epoch, seq: 5 });
  await eventually(() => expect(statements.map(({ streams }) => streams)).toEqual([["note:a"], ["note:a"]]));
  statements[0]?.answer();
  const [one, same] = await Promise.all(first);
  expect(one).toBe(same);
  statements[1]?.answer();
  expect(await later).not.toBe(one);
});

test("[LOG3] a stream that cannot be read does not fail those that share its statement", async () => {
  const { reader, statements } = start();
  const broken = new Error("invalid page in block 7");
  const pages = Promise.allSettled(["note:a", "note:bad", "note:c"].map((stream) => reader.read(stream, { epoch, seq: 5 })));
  let answered = 0;
  await eventually(() => {
    for (const { streams, answer, fail } of statements.slice(answered)) {
      if (streams.includes("note:bad")) fail(broken);
      else answer();
      answered++;
    }
    expect(statements.map(({ streams }) => streams)).toEqual([["note:a", "note:bad", "note:c"], ["note:a"], ["note:bad"], ["note:c"]]);
  });
  expect(await pages).toMatchObject([{ value: { head: { epoch, seq: 5 } } }, { reason: broken }, { status: "fulfilled" }]);
});

test("[LOG3] a stream that takes longer than a statement may does not keep those waiting that share its statement", async () => {
  const { reader, statements } = start();
  const slow = Object.assign(new Error("canceling statement due to statement timeout"), { code: "57014" });
  const pages = Promise.allSettled(["note:a", "note:slow"].map((stream) => reader.read(stream, { epoch, seq: 5 })));
  let answered = 0;
  await eventually(() => {
    for (const { streams, answer, fail } of statements.slice(answered)) {
      if (streams.includes("note:slow")) fail(slow);
      else answer();
      answered++;
    }
    expect(statements.map(({ streams }) => streams)).toEqual([["note:a", "note:slow"], ["note:a"], ["note:slow"]]);
  });
  expect(await pages).toMatchObject([{ value: { head: { epoch, seq: 5 } } }, { reason: { code: "TIMEOUT" } }]);
});
