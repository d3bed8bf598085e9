import { describe, expect, test } from "vitest";
import { added, at, type Event, range, resync, setUp, type View } from "../../support/live-store.ts";

describe("trouble", () => {
  test("a lost connection keeps the view and says so; the next start makes it live", async () => {
    const it = setUp();
    await it.live(1);
    it.last().on.onConnectionStateChange({ state: "connecting" });
    expect(it.store.getState()).toMatchObject({ status: "catchingUp", view: [1] });
    it.last().on.onConnectionStateChange({ state: "pending" });
    expect(it.store.getState().status).toBe("catchingUp");
    it.last().on.onStarted();
    expect(it.store.getState().status).toBe("live");
  });

  test("a refusal ends it and keeps the view; retry begins again", async () => {
    const it = setUp({ isFinal: ({ message }) => message === "no" });
    await it.live(1);
    it.event(2);
    it.last().on.onError(new Error("no"));
    expect(it.store.getState()).toMatchObject({ status: "error", view: [1, 2], error: { message: "no" } });
    it.store.retry();
    it.fetches[1]?.resolve(2);
    await it.settle();
    it.last().on.onStarted();
    expect(it.store.getState()).toMatchObject({ status: "live", error: null });
  });

  test("a failed fetch is tried again, with what went wrong to be seen meanwhile", async () => {
    const it = setUp();
    it.store.start();
    it.fetches[0]?.reject(new Error("away"));
    await it.settle();
    expect(it.store.getState()).toMatchObject({ status: "loading", error: { message: "away" } });
    it.wait();
    it.fetches[1]?.resolve(1);
    await it.settle();
    expect(it.store.getState()).toMatchObject({ view: [1], error: null });
  });

  test("with nothing to show a page says so after three failures, tries on, and goes on by itself", async () => {
    const it = setUp();
    it.store.start();
    const fail = async (time: number) => {
      it.fetches[time]?.reject(new Error(`away, ${time}`));
      await it.settle();
      return it.store.getState().status;
    };
    expect(await fail(0)).toBe("loading");
    it.wait();
    expect(await fail(1)).toBe("loading");
    it.wait();
    expect(await fail(2)).toBe("error");
    it.wait();
    // Under way again: no skeleton in between.
    expect(it.store.getState()).toMatchObject({ status: "error", error: { message: "away, 2" } });
    expect(await fail(3)).toBe("error");
    it.wait();
    it.fetches[4]?.resolve(1);
    await it.settle();
    expect(it.store.getState()).toMatchObject({ status: "catchingUp", view: [1], error: null });
  });

  test("asked to try again, it seems to load once more before it says that it failed", async () => {
    const it = setUp();
    it.store.start();
    for (const time of [0, 1, 2]) {
      it.fetches[time]?.reject(new Error("away"));
      await it.settle();
      if (time < 2) it.wait();
    }
    expect(it.store.getState().status).toBe("error");
    it.store.retry();
    expect(it.store.getState().status).toBe("loading");
    it.fetches[3]?.reject(new Error("away"));
    await it.settle();
    expect(it.store.getState().status).toBe("loading");
  });

  test("a failed subscription goes on from the last event, folded or not", async () => {
    const it = setUp();
    await it.live(1);
    it.event(2);
    it.last().on.onError(new Error("restart"));
    it.wait();
    expect(it.last().after).toBe("e.2");
    it.last().on.onStarted();
    it.frame();
    expect(it.store.getState()).toMatchObject({ status: "live", view: [1, 2], error: null });
  });

  test("answers for somebody who has left are not heard", async () => {
    const it = setUp();
    await it.live(1);
    const old = it.last();
    it.store.stop();
    old.on.onData({ id: "e.2", data: added(2) });
    old.on.onError(new Error("late"));
    it.frame();
    expect(it.store.getState()).toMatchObject({ status: "idle", view: [1], error: null });
    expect(it.delays).toHaveLength(0);
  });

  test("retry after leaving begins nothing", async () => {
    const it = setUp();
    await it.live(1);
    it.store.stop();
    it.store.retry();
    expect(it.fetches).toHaveLength(1);
    expect(it.store.getState().status).toBe("idle");
  });

  test("a resync while a failed fetch waits for its next try is one fetch and not two", async () => {
    const it = setUp();
    await it.live(2);
    it.last().on.onData({ id: "e.5", data: resync("e.5") });
    it.fetches[1]?.reject(new Error("away"));
    await it.settle();
    it.last().on.onData({ id: "e.7", data: resync("e.7") });
    it.wait();
    expect(it.fetches).toHaveLength(3);
    it.fetches[2]?.resolve(7);
    await it.settle();
    expect(it.store.getState()).toMatchObject({ status: "live", view: range(7) });
  });

  test("an event that a newer server sent moves the position and is told", async () => {
    const it = setUp();
    await it.live(1);
    // What a newer server may send is outside this page's types.
    it.last().on.onData({ id: "e.2", data: { type: "renamed", at, data: {} } as unknown as Event });
    it.frame();
    expect(it.unknown).toEqual(["renamed"]);
    expect(it.store.getState()).toMatchObject({ view: [1], position: "e.2" });
  });
});

describe("a reducer that throws", () => {
  const poison = (view: View, n: number): View => {
    if (n === 3) throw new Error("I do not like 3.");
    return [...view, n];
  };

  test("is told, and the view goes on from a snapshot that holds what it would not fold", async () => {
    const it = setUp({ reduce: poison });
    await it.live(1);
    for (const n of [2, 3, 4]) it.event(n);
    it.frame();
    expect(it.store.getState()).toMatchObject({ status: "catchingUp", view: [1, 2], error: { message: "I do not like 3." } });
    expect(it.broken).toHaveLength(1);
    expect(it.subscriptions[0]?.open).toBe(false);
    it.wait();
    it.fetches[1]?.resolve(4);
    await it.settle();
    it.last().on.onStarted();
    it.event(5);
    it.frame();
    expect(it.store.getState()).toMatchObject({ status: "live", view: range(5), position: "e.5", error: null });
  });

  test("at what was kept aside, too", async () => {
    const it = setUp({ reduce: poison });
    await it.live(1);
    it.last().on.onData({ id: "e.2", data: resync("e.2") });
    it.event(3);
    it.fetches[1]?.resolve(2);
    await it.settle();
    expect(it.store.getState()).toMatchObject({ status: "catchingUp", view: [1, 2], error: { message: "I do not like 3." } });
    it.wait();
    it.fetches[2]?.resolve(3);
    await it.settle();
    expect(it.last().after).toBe("e.3");
  });

  test("does not keep anybody from leaving, and coming back meets the event again", async () => {
    const it = setUp({ reduce: poison });
    await it.live(1);
    for (const n of [2, 3]) it.event(n);
    it.store.stop();
    expect(it.store.getState()).toMatchObject({ status: "idle", view: [1, 2], position: "e.2" });
    it.store.start();
    expect(it.last().after).toBe("e.2");
  });
});

test("a view that is fetched anew while it waits for its stream shows what the snapshot holds, and goes on behind it", async () => {
  const it = setUp();
  it.store.start();
  it.fetches.at(-1)?.resolve(2);
  await it.settle();
  expect(it.store.getState().status).toBe("catchingUp");
  it.store.refresh();
  it.store.refresh();
  expect(it.fetches).toHaveLength(2);
  it.fetches.at(-1)?.resolve(5);
  await it.settle();
  expect(it.store.getState()).toMatchObject({ status: "catchingUp", view: range(5), position: "e.5" });
  expect(it.subscriptions.map(({ open }) => open)).toEqual([false, true]);
  it.last().on.onStarted();
  it.event(6);
  it.frame();
  expect(it.store.getState()).toMatchObject({ status: "live", view: range(6) });
});
