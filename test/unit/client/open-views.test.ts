import { expect, test, vi } from "vitest";
import { FETCH_EVERY_MS, OpenViews } from "#client/open-views.ts";

test("views that begin at once are not called behind; one that waits for a while is, until it has begun or is closed", () => {
  const views = new OpenViews();
  let waits = true;
  const close = views.add({ isBehind: () => waits, refresh: () => {} });
  views.add({ isBehind: () => false, refresh: () => {} });
  const behindAt = (ms: number) => {
    views.look(ms, false);
    return views.areBehind;
  };
  expect([0, 250, 499, 500].map(behindAt)).toEqual([false, false, false, true]);
  waits = false;
  expect(behindAt(750)).toBe(false);
  waits = true;
  expect([1_000, 1_250, 1_500].map(behindAt)).toEqual([false, false, true]);
  close();
  expect(behindAt(1_750)).toBe(false);
});

test("where events do not come all views are fetched together, every few seconds", () => {
  const views = new OpenViews();
  const refresh = vi.fn();
  views.add({ isBehind: () => true, refresh });
  views.add({ isBehind: () => true, refresh });
  const start = 1_000_000;
  views.look(start, false);
  expect(refresh).not.toHaveBeenCalled();
  for (let ms = 0; ms < 2 * FETCH_EVERY_MS; ms += 250) views.look(start + ms, true);
  expect(refresh).toHaveBeenCalledTimes(4);
});
