import { expect, test } from "vitest";
import { encodeEvent, LoggedEvent, streamName } from "#realtime/wire.ts";
import { newsTopic, noteTopic } from "../../support/engine.ts";

const at = new Date("2026-01-02T03:04:05.678Z");

test("an event reads as it was published: dates, maps, big integers and text that JSON hardly knows", () => {
  const data = { on: new Date(0), tags: new Map([["zero\u0000 half \ud800 語", 2n ** 60n]]) };
  const row = encodeEvent(noteTopic, "a", { type: "stamped", data }, { at }, 1_000);
  expect(row).toMatchObject({ stream: "note:a", type: "stamped", fence: null });
  expect(new LoggedEvent(7, row.type, row.data, row.meta).value).toEqual({ type: "stamped", at, data });
});

test("only what the schema keeps is stored", () => {
  const data = { n: 1, secret: "x" };
  expect(encodeEvent(noteTopic, "a", { type: "added", data }, { at }, 1_000).data).not.toContain("secret");
});

test("the size is counted in bytes and not in characters", () => {
  const topic = { ...newsTopic, name: "n".repeat(3) };
  const row = encodeEvent(topic, "a", { type: "added", data: { n: 1 } }, { at }, 1_000);
  const bytes = Buffer.byteLength(row.data);
  expect(encodeEvent(topic, "a", { type: "added", data: { n: 1 } }, { at }, bytes).data).toBe(row.data);
  const refused = () => encodeEvent(topic, "a", { type: "added", data: { n: 1 } }, { at }, bytes - 1);
  expect(refused).toThrowError(expect.objectContaining({ code: "EVENT_TOO_LARGE" }));
});

test("an id must be one of the topic's, visible ASCII, and of bounded length", () => {
  expect(streamName(newsTopic, "x".repeat(128))).toHaveLength("news:".length + 128);
  for (const id of ["", "a b", "é", "a\n", "x".repeat(129)]) {
    expect(() => streamName(newsTopic, id)).toThrowError(expect.objectContaining({ code: "INVALID_TOPIC" }));
  }
  expect(() => streamName(noteTopic, "UPPER")).toThrowError(expect.objectContaining({ code: "INVALID_TOPIC" }));
});
