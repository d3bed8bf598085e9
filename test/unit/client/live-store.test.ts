import { describe, expect, test } from "vitest";
import fc from "../../support/fast-check.ts";
import { added, range, resync, setUp } from "../../support/live-store.ts";

test("the snapshot comes first, then what comes after its position", async () => {
  const it = setUp();
  expect(it.store.getState()).toMatchObject({ status: "idle", view: undefined });
  it.store.start();
  expect(it.store.getState().status).toBe("loading");
  expect(it.subscriptions).toHaveLength(0);
  it.fetches[0]?.resolve(3);
  await it.settle();
  expect(it.last().after).toBe("e.3");
  expect(it.store.getState()).toMatchObject({ status: "catchingUp", view: [1, 2, 3], position: "e.3" });
  it.last().on.onStarted();
  it.event(4);
  it.frame();
  expect(it.store.getState()).toMatchObject({ status: "live", view: [1, 2, 3, 4], position: "e.4" });
  expect(it.store.getState().lastEvent).toMatchObject({ position: "e.4", event: { data: { n: 4 } } });
});

test("many events of one frame are one change", async () => {
  const it = setUp();
  await it.live(0);
  const before = it.changes();
  for (let n = 1; n <= 50; n++) it.event(n);
  it.frame();
  expect(it.changes()).toBe(before + 1);
  expect(it.store.getState().view).toEqual(range(50));
});

test("[SUB2] an event that comes twice counts once", async () => {
  const it = setUp();
  await it.live(2);
  for (const n of [1, 2, 3, 3, 2, 4, 4]) it.event(n);
  it.frame();
  expect(it.store.getState().view).toEqual([1, 2, 3, 4]);
});

describe("resync", () => {
  test("what comes during the fetch is kept aside, and what the snapshot holds of it is dropped", async () => {
    const it = setUp();
    await it.live(2);
    it.last().on.onData({ id: "e.10", data: resync("e.10") });
    it.event(11);
    it.event(12);
    it.frame();
    expect(it.store.getState()).toMatchObject({ status: "catchingUp", view: [1, 2] });
    it.fetches[1]?.resolve(11);
    await it.settle();
    expect(it.store.getState()).toMatchObject({ status: "live", view: range(12), position: "e.12", resyncs: 1 });
    expect(it.subscriptions).toHaveLength(1);
  });

  test("a snapshot older than the resync is continued by a subscription from its own position", async () => {
    const it = setUp();
    await it.live(2);
    it.last().on.onData({ id: "e.10", data: resync("e.10") });
    it.event(11);
    it.fetches[1]?.resolve(8);
    await it.settle();
    expect(it.subscriptions[0]?.open).toBe(false);
    expect(it.last().after).toBe("e.8");
    for (const n of [9, 10, 11]) it.event(n);
    it.frame();
    expect(it.store.getState().view).toEqual(range(11));
  });

  test("another one during the fetch fetches again; the first answer is not used", async () => {
    const it = setUp();
    await it.live(2);
    it.last().on.onData({ id: "e.5", data: resync("e.5") });
    it.event(6);
    it.last().on.onData({ id: "e.9", data: resync("e.9") });
    it.fetches[1]?.resolve(6);
    await it.settle();
    expect(it.store.getState()).toMatchObject({ status: "catchingUp", view: [1, 2] });
    it.fetches[2]?.resolve(9);
    await it.settle();
    expect(it.store.getState()).toMatchObject({ status: "live", view: range(9), resyncs: 2 });
  });

  test("a stream that began anew is read from the new snapshot", async () => {
    const it = setUp();
    await it.live(7);
    it.last().on.onData({ id: "f.2", data: resync("f.2") });
    it.fetches[1]?.resolve(3, "f");
    await it.settle();
    it.event(3, "f");
    it.event(4, "f");
    it.frame();
    expect(it.store.getState()).toMatchObject({ view: [1, 2, 3, 4], position: "f.4" });
  });

  test("leaving while fetching keeps the view before the gap, and coming back goes through the gap again", async () => {
    const it = setUp();
    await it.live(2);
    it.last().on.onData({ id: "e.10", data: resync("e.10") });
    it.event(11);
    it.store.stop();
    it.fetches[1]?.resolve(11);
    await it.settle();
    expect(it.store.getState()).toMatchObject({ status: "idle", view: [1, 2], position: "e.2" });
    it.store.start();
    expect(it.last().after).toBe("e.2");
  });
});

test("[SUB2] whatever is lost, doubled, resynced or late, the view is the log's beginning without gap or repeat", async () => {
  const steps = fc.array(
    fc.constantFrom("publish", "deliver", "deliver", "frame", "answer", "drop", "resync", "start", "stop", "wait", "repeat"),
    {
      maxLength: 120,
    },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (actions) => {
      const it = setUp();
      let head = 0;
      /** What each subscription has been sent up to, by the log's own numbers. */
      const sent = new Map<object, number>();
      const answered = new Set<object>();
      it.store.start();
      for (const action of actions) {
        const subscription = it.subscriptions.findLast(({ open }) => open);
        if (action === "publish") head++;
        if (action === "frame") it.frame();
        if (action === "wait") it.wait();
        if (action === "stop") it.store.stop();
        if (action === "start") it.store.start();
        if (action === "answer") {
          for (const fetch of it.fetches) {
            if (answered.has(fetch)) continue;
            answered.add(fetch);
            fetch.resolve(head);
          }
        }
        if (!subscription) {
          await it.settle();
          continue;
        }
        const at = sent.get(subscription) ?? Number(subscription.after.split(".")[1]);
        if (action === "deliver" && at < head) {
          sent.set(subscription, at + 1);
          subscription.on.onStarted();
          subscription.on.onData({ id: `e.${at + 1}`, data: added(at + 1) });
        }
        if (action === "repeat" && at > 0) subscription.on.onData({ id: `e.${at}`, data: added(at) });
        if (action === "resync") {
          sent.set(subscription, head);
          subscription.on.onData({ id: `e.${head}`, data: resync(`e.${head}`) });
        }
        if (action === "drop") {
          subscription.open = false;
          subscription.on.onError(new Error("lost"));
        }
        await it.settle();
        const { view } = it.store.getState();
        expect(view ?? []).toEqual(range(view?.length ?? 0));
        expect(view?.length ?? 0).toBeLessThanOrEqual(head);
      }
      // Once the network is kind, it gets to the end of the log.
      for (let turn = 0; turn < 6; turn++) {
        it.store.start();
        it.wait();
        for (const fetch of it.fetches) if (!answered.has(fetch)) fetch.resolve(head);
        for (const fetch of it.fetches) answered.add(fetch);
        await it.settle();
        const open = it.subscriptions.findLast((subscription) => subscription.open);
        if (!open) continue;
        open.on.onStarted();
        const at = sent.get(open) ?? Number(open.after.split(".")[1]);
        for (let n = at + 1; n <= head; n++) open.on.onData({ id: `e.${n}`, data: added(n) });
        sent.set(open, head);
        it.frame();
      }
      expect(it.store.getState()).toMatchObject({ status: "live", view: range(head), error: null });
    }),
    { numRuns: 300 },
  );
});
