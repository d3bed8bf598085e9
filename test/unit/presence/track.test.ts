import { expect, test } from "vitest";
import { Track } from "#features/presence/ui/track.ts";

const FAR = 1_000;

/** Told every 50 ms that it moved 10 to the right, from 0 on. */
function steady(steps: number): Track {
  const track = new Track();
  for (let step = 0; step <= steps; step++) track.push({ x: step * 10, y: 0 }, step * 50, FAR);
  return track;
}

test("before the first point there is nothing to draw", () => {
  expect(new Track().at(0)).toBeNull();
  expect(new Track().isSettled(0)).toBe(true);
});

test("it is drawn one and a half intervals behind, between the points", () => {
  const track = steady(4); // newest: x 40 at 200 ms
  expect(track.at(200)).toEqual({ x: 25, y: 0 });
  expect(track.at(225)).toEqual({ x: 30, y: 0 });
});

test("it comes to rest on the newest point", () => {
  const track = steady(4);
  expect(track.isSettled(270)).toBe(false);
  expect(track.isSettled(275)).toBe(true);
  expect(track.at(275)).toMatchObject({ x: 40, y: 0 });
});

test("after a pause it sets out at once, instead of having crept all the while", () => {
  const track = steady(1); // rests at x 10
  track.push({ x: 30, y: 0 }, 5_000, FAR);
  expect(track.at(5_000)).toMatchObject({ x: 10, y: 0 });
  expect(track.at(5_050)?.x).toBeCloseTo(20);
  expect(track.at(5_075)).toMatchObject({ x: 30 });
});

test("a jump beyond what one sees is no way", () => {
  const track = steady(1);
  track.push({ x: 5_000, y: 0 }, 100, FAR);
  expect(track.at(100)).toMatchObject({ x: 5_000 });
});

test("told less often, as in a full room, it is played further behind and stays smooth", () => {
  const track = new Track();
  for (let step = 0; step <= 40; step++) track.push({ x: step * 10, y: 0 }, step * 200, FAR);
  const xs = Array.from({ length: 20 }, (_, frame) => track.at(8_000 + frame * 16)?.x ?? 0);
  const moves = xs.slice(1).map((x, index) => x - (xs[index] ?? 0));
  expect(Math.max(...moves)).toBeLessThan(1);
  expect(Math.min(...moves)).toBeGreaterThanOrEqual(0);
});
