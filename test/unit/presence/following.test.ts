import { expect, test } from "vitest";
import { atEdge } from "#features/presence/ui/cursor-stage.ts";
import { canFollow, mustLetGo } from "#features/presence/ui/follow-chain.ts";
import { viewOf } from "#features/presence/ui/followed-view.ts";
import fc from "../../support/fast-check.ts";

test("nobody follows themselves, however many are between", () => {
  const following = new Map([
    ["b", "c"],
    ["c", "a"],
  ]);
  expect(canFollow("a", "b", following)).toBe(false);
  expect(canFollow("a", "a", following)).toBe(false);
  expect(canFollow("d", "b", following)).toBe(true);
});

test("of those who closed a circle in the same moment exactly one lets go, and whoever hangs on to it stays", () => {
  const tab = fc.constantFrom("a", "b", "c", "d", "e", "f");
  fc.assert(
    fc.property(fc.dictionary(tab, tab), (picked) => {
      const following = new Map(Object.entries(picked).filter(([from, to]) => from !== to));
      for (let round = 0; round < 6; round++) {
        const letsGo = [...following].filter(([from, to]) => mustLetGo(from, to, following)).map(([from]) => from);
        // Every circle lost exactly its greatest, so after one round there is none.
        if (round > 0) expect(letsGo).toEqual([]);
        for (const from of letsGo) following.delete(from);
      }
      for (const [from, to] of following) expect(canFollow(from, to, new Map([...following].filter(([key]) => key !== from)))).toBe(true);
    }),
  );
});

test("a followed view shows all that its owner sees, in the middle, within the canvas's own zoom", () => {
  const canvas = { width: 400, height: 800, minZoom: 0.25, maxZoom: 1.5 };
  const seen = { x: 100, y: 50, width: 800, height: 400 };
  const { x, y, zoom } = viewOf(seen, canvas);
  expect(zoom).toBe(0.5);
  expect({ left: seen.x * zoom + x, right: (seen.x + seen.width) * zoom + x }).toEqual({ left: 0, right: 400 });
  expect((seen.y + seen.height / 2) * zoom + y).toBe(400);
  expect(viewOf({ ...seen, width: 10, height: 10 }, canvas).zoom).toBe(1.5);
});

test("an arrow stands inside the edge, on the line from the middle, and points outwards", () => {
  const box = { width: 600, height: 400 };
  expect(atEdge({ x: 5_000, y: 200 }, box)).toEqual({ x: 578, y: 200, angle: 0 });
  const up = atEdge({ x: 300, y: -900 }, box);
  expect([up.x, up.y]).toEqual([300, 22]);
  expect(up.angle).toBeCloseTo(-Math.PI / 2);
});
