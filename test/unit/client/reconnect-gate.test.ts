import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ReconnectGate } from "#client/reconnect-gate.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const passed: number[] = [];
  const gate = new ReconnectGate({ random: () => 1, onChange: () => {} });
  const pass = () => void gate.pass().then(() => passed.push(Date.now()));
  return { gate, pass, passed, flush: () => vi.advanceTimersByTimeAsync(0) };
}

test("the first attempt begins at once, each later one after twice the wait", async () => {
  const { gate, pass, passed, flush } = setUp();
  pass();
  await flush();
  expect(passed).toHaveLength(1);
  for (const waitMs of [600, 1_200, 2_400]) {
    const before = passed.length;
    pass();
    expect(gate.retryAt).toBe(Date.now() + waitMs);
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect(passed).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(passed).toHaveLength(before + 1);
  }
});

test("after a connection that lasted the wait is short again, but never nothing", async () => {
  const { gate, pass, flush } = setUp();
  for (let attempt = 0; attempt < 5; attempt++) {
    pass();
    gate.skipWait();
    await flush();
  }
  gate.succeeded();
  pass();
  expect(gate.retryAt).toBe(Date.now() + 600);
});

describe("blocked", () => {
  test("no attempt begins, however long and however asked, until every reason is gone", async () => {
    const { gate, pass, passed, flush } = setUp();
    gate.block("cut");
    gate.block("offline");
    pass();
    await vi.advanceTimersByTimeAsync(60_000);
    gate.skipWait();
    gate.unblock("cut");
    await flush();
    expect(passed).toHaveLength(0);
    gate.unblock("offline");
    await flush();
    expect(passed).toHaveLength(1);
  });

  test("a wait that was under way ends with the block", async () => {
    const { gate, pass, passed, flush } = setUp();
    pass();
    await flush();
    gate.block("offline");
    pass();
    // No countdown to an attempt that will not begin.
    expect(gate.retryAt).toBeNull();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(passed).toHaveLength(1);
    gate.unblock("offline");
    await flush();
    expect(passed).toHaveLength(2);
  });
});
