import { expect, test } from "vitest";
import { type Hint, parsePayload, toPayloads } from "#realtime/doorbell.ts";
import { LoggedEvent } from "#realtime/wire.ts";
import { upTo } from "../../support/engine.ts";
import { seededRandom } from "../../support/random.ts";

const hint = (stream: string, first: number, texts: readonly string[]): Hint => ({
  stream,
  epoch: "aaaaaaaa-bbbbbbbb",
  first,
  last: first + texts.length - 1,
  events: texts.map((text, index) => new LoggedEvent(first + index, "added", JSON.stringify(text), null)),
});
const place = ({ stream, epoch, first, last }: Hint) => ({ stream, epoch, first, last });

test("[BUS1] payloads stay below what pg_notify takes, in bytes, and say the same when they are read", () => {
  const random = seededRandom();
  const letters = ["a", '"', "\\", "é", "語", "🜁", "\u0000", "\ud800"];
  for (let round = 0; round < 300; round++) {
    const rings = upTo(random.int(1, 60)).map((n) =>
      random.chance(0.1)
        ? `signal:${n}`
        : hint(
            `note:${"x".repeat(random.int(1, 120))}${n}`,
            random.int(1, 1e9),
            upTo(random.int(1, 3)).map(() => random.pick(letters).repeat(random.pick([1, 30, 1_300, 4_000]))),
          ),
    );
    const payloads = toPayloads(rings);
    for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThan(8_000);
    const heard = payloads.flatMap(parsePayload);
    expect(heard.map((one) => (typeof one === "string" ? one : place(one)))).toEqual(
      rings.map((one) => (typeof one === "string" ? one : place(one))),
    );
    for (const [index, one] of heard.entries()) {
      const sent = rings[index];
      if (typeof one === "string" || typeof sent === "string" || !one.events) continue;
      expect(one.events.map(({ seq, data }) => [seq, data])).toEqual(sent?.events?.map(({ seq, data }) => [seq, data]));
    }
  }
});

test("events travel along while they are few, and only their places when they are many", () => {
  const inline = (rings: Hint[]) =>
    toPayloads(rings)
      .flatMap(parsePayload)
      .filter((one) => typeof one !== "string" && one.events).length;
  expect(inline([hint("note:a", 1, ["x"])])).toBe(1);
  expect(inline(upTo(2).map((n) => hint(`note:${n}`, 1, ["x".repeat(5_000)])))).toBe(2);
  expect(inline(upTo(3).map((n) => hint(`note:${n}`, 1, ["x".repeat(5_000)])))).toBe(0);
  expect(inline([hint("note:a", 1, ["x".repeat(9_000)]), hint("note:b", 1, ["x"])])).toBe(1);
  expect(toPayloads([])).toEqual([]);
});

test("what is not ours on the channel is refused", () => {
  for (const payload of ["", "null", "[1]", "{}", '[["a","b",1]]', '[["a",null,1,2]]', '[["a","b",1,"2"]]', '[["a","b",1.5,2]]']) {
    expect(() => parsePayload(payload)).toThrow();
  }
});
