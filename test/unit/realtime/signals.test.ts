import { expect, test } from "vitest";
import { Signals, signalPayload } from "#realtime/signals.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };

test("a signal and a broadcast reach those who wait for the name, with the text as it was", () => {
  const signals = new Signals(silent);
  const heard: (string | null)[] = [];
  signals.on("other", () => heard.push("other"));
  const stop = signals.on("jobs", (text) => heard.push(text));
  for (const text of ["", " two  words ", "@jobs x", "line\nline", "語🜁"]) expect(signals.hear(signalPayload("jobs", text))).toBe(true);
  expect(heard.splice(0)).toEqual(["", " two  words ", "@jobs x", "line\nline", "語🜁"]);
  expect(signals.hear(null)).toBe(false);
  expect(heard.splice(0)).toEqual(["other", null]);
  for (const payload of ["", "jobs ", "@jobs", "@", '{"stream":"a"}']) expect(signals.hear(payload)).toBe(false);
  stop();
  signals.hear(signalPayload("jobs"));
  expect(heard).toEqual([]);
});

test("what cannot be a name, or is too large to travel, is refused", () => {
  for (const name of ["", "two words", "é", "x".repeat(129)]) {
    expect(() => signalPayload(name)).toThrowError(expect.objectContaining({ code: "INVALID_TOPIC" }));
  }
  expect(() => signalPayload("jobs", "é".repeat(3_950))).toThrowError(expect.objectContaining({ code: "EVENT_TOO_LARGE" }));
  expect(Buffer.byteLength(signalPayload("jobs", "é".repeat(3_900)))).toBeLessThan(8_000);
});
