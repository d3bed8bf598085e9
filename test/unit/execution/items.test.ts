import superjson from "superjson";
import { expect, test } from "vitest";
import { presentable, storableLine, storableText, storeItems } from "#features/execution/items.ts";
import fc from "../../support/fast-check.ts";

test("a preview is at most 2 kB of UTF-8 and ends between characters", () => {
  for (const character of ["a", "é", "€", "\u{1F31E}"]) {
    for (let pad = 0; pad < 4; pad++) {
      const { preview, text } = storeItems(["x".repeat(pad) + character.repeat(3_000)], "it");
      expect(Buffer.byteLength(preview)).toBeLessThanOrEqual(2_000);
      expect(Buffer.byteLength(preview)).toBeGreaterThan(1_990);
      expect(preview.isWellFormed()).toBe(true);
      expect(text.startsWith(preview)).toBe(true);
    }
  }
});

test("too many items or too many bytes are refused in words", () => {
  expect(() => storeItems(["x".repeat(5_000_000)], 'what "A" puts out')).toThrow(
    'what "A" puts out is 5.0 MB of JSON, and 4.0 MB is the most',
  );
  expect(() => storeItems(new Array(100_001).fill(0), "it")).toThrow("100001 items");
});

test("text that Postgres cannot hold is replaced, in keys too, and everything else is kept", () => {
  expect(storableText(["a\0b", { "k\0": "\ud800" }, "\u{1F31E}"])).toBe('["a\u{FFFD}b",{"k\u{FFFD}":"\u{FFFD}"},"\u{1F31E}"]');
  expect(storableText(["\\u0000"])).toBe(JSON.stringify(["\\u0000"]));
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = storableText(JSON.parse(JSON.stringify(value)));
      expect(JSON.stringify(JSON.parse(text))).not.toMatch(/(^|[^\\])(\\\\)*\\u(0000|d[89a-f])/);
    }),
    { numRuns: 30 },
  );
});

test("keys that superjson refuses are shown with another name, at any depth", () => {
  const items = JSON.parse('[{"constructor": {"a": 1}}, [{"__proto__": {"prototype": 2}}], "constructor"]');
  expect(superjson.parse(superjson.stringify(presentable(items)))).toEqual([
    { constructor_: { a: 1 } },
    [{ __proto___: { prototype_: 2 } }],
    "constructor",
  ]);
});

test("a line is bounded and clean", () => {
  expect(storableLine("x".repeat(600))).toHaveLength(501);
  expect(storableLine("a\0\ud800")).toBe("a\u{FFFD}\u{FFFD}");
});
