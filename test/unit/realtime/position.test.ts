import { expect, test } from "vitest";
import { continues, epochOf, formatPosition, parsePosition } from "#realtime/position.ts";

test("a position survives the way to a client and back", () => {
  for (const position of [
    { epoch: "0-0123abcd", seq: 0 },
    { epoch: "a1b2c3d4-0123abcd", seq: 999_999_999_999_999 },
  ]) {
    expect(parsePosition(formatPosition(position))).toEqual(position);
  }
});

test("[LOG3] what did not come from us is refused", () => {
  for (const text of [
    "",
    "1",
    "a.1",
    "a-b.1",
    "aaaa-0123abcd.01",
    "aaaa-0123abcd.-1",
    "aaaa-0123abcd.1 ",
    "aaaa-0123ABCD.1",
    "x".repeat(9_999),
  ]) {
    expect(() => parsePosition(text)).toThrowError(expect.objectContaining({ code: "INVALID_POSITION" }));
  }
});

test("[LOG3] a reader goes on in its own epoch, and from an unborn stream into the one that is born", () => {
  const unborn = { epoch: epochOf(null, "0123abcd"), seq: 0 };
  const born = epochOf("a1b2c3d4", "0123abcd");
  expect(continues(unborn, unborn.epoch)).toBe(true);
  expect(continues(unborn, born)).toBe(true);
  expect(continues({ ...unborn, seq: 1 }, born)).toBe(false);
  expect(continues(unborn, epochOf("a1b2c3d4", "ffffffff"))).toBe(false);
  expect(continues({ epoch: born, seq: 5 }, born)).toBe(true);
  expect(continues({ epoch: born, seq: 5 }, unborn.epoch)).toBe(false);
  expect(continues({ epoch: born, seq: 5 }, epochOf("00000000", "0123abcd"))).toBe(false);
});
