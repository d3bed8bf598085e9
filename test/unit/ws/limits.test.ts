import { expect, test, vi } from "vitest";
import { MessageBudget } from "#ws/limits.ts";
import { isOwnOrigin } from "#ws/origin.ts";

test("[WS3] a budget lets a burst through, then as many as come back a second", () => {
  let now = 0;
  const budget = new MessageBudget({ burst: 10, messagesPerSecond: 5 }, () => now);
  expect(budget.take(10)).toBe(true);
  expect(budget.take(1)).toBe(false);
  now += 1_000;
  expect(budget.take(4)).toBe(true);
  expect(budget.take(1)).toBe(false);
  now += 60_000;
  expect(budget.take(10)).toBe(true);
  expect(budget.take(1)).toBe(false);
});

test("[WS3] setting the clock fills no budget", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const budget = new MessageBudget({ burst: 10, messagesPerSecond: 5 });
    expect(budget.take(10)).toBe(true);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(budget.take(5)).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  ["http://localhost:3000", "localhost:3000", null, true],
  ["http://localhost:3001", "localhost:3000", null, false],
  ["https://app.example", "app.example", null, true],
  ["https://app.example", "app.example:443", null, true],
  ["https://evil.app.example", "app.example", null, false],
  ["https://app.example", "internal:3000", "https://app.example/base", true],
  ["http://app.example", "internal:3000", "https://app.example", false],
  ["http://[::1]:3000", "[::1]:3000", null, true],
  ["null", "localhost:3000", null, false],
  ["chrome-extension://abc", "abc", null, false],
  ["", "localhost:3000", null, false],
  ["http://localhost:3000", undefined, null, false],
  [undefined, "localhost:3000", null, true],
])("[WS1] origin %s at host %s with public address %s: %s", (origin, host, publicUrl, own) => {
  const headers = { ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) };
  expect(isOwnOrigin({ headers }, publicUrl)).toBe(own);
});
