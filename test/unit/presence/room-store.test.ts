/** A tab's room on the page: what it tells its listeners, and what it sends when. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RoomMember, Shown } from "#features/presence/events.ts";
import type { RoomHandlers } from "#features/presence/ui/room-source.ts";
import { RoomStore } from "#features/presence/ui/room-store.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const member = (tabId: string, more: Partial<RoomMember> = {}): RoomMember => ({
  tabId,
  userId: `user of ${tabId}`,
  name: tabId,
  color: "blue",
  device: "Test",
  joinedAt: new Date(0),
  away: false,
  ...more,
});

function open() {
  const sent: Shown[] = [];
  const joins: string[] = [];
  let handlers: RoomHandlers | null = null;
  let names = 0;
  let answer: () => Promise<void> = async () => {};
  const store = new RoomStore({
    tab: { id: () => `own${names}`, renew: () => names++ },
    subscribe(tabId, given) {
      joins.push(tabId);
      handlers = given;
      return { unsubscribe: () => {} };
    },
    send: (_tabId, _n, values) => {
      sent.push(values);
      return answer();
    },
  });
  store.start();
  return {
    store,
    sent,
    joins,
    hold: () => {
      answer = () => new Promise(() => {});
    },
    on: () => handlers as unknown as RoomHandlers, // set by `start`
    /** The room with these others in it. */
    room(...others: string[]) {
      const self = `own${names}`;
      handlers?.onData({ type: "room", self, members: [self, ...others].map((tabId) => member(tabId)), values: {} });
    },
  };
}

const change = { type: "change" as const, here: [], left: [], values: {} };

test("alone nothing is sent; what was set goes once somebody comes, newest only", async () => {
  const { store, sent, room, on } = open();
  room();
  store.set({ cursor: { x: 1, y: 1 } });
  store.set({ cursor: { x: 2, y: 2 }, status: "idle" });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual([]);
  on().onData({ ...change, here: [member("ada")] });
  expect(sent).toEqual([{ cursor: { x: 2, y: 2 }, status: "idle" }]);
});

test("somebody who is away does not count", () => {
  const { store, sent, room, on } = open();
  room("ada");
  on().onData({ ...change, here: [member("ada", { away: true })] });
  store.set({ status: "idle" });
  expect(sent).toEqual([]);
  on().onData({ ...change, here: [member("ada")] });
  expect(sent).toEqual([{ status: "idle" }]);
});

test("a cursor goes out twenty times a second at most, and its last place always", async () => {
  const { store, sent, room } = open();
  room("ada");
  for (let x = 1; x <= 100; x++) {
    store.set({ cursor: { x, y: 0 } });
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(100);
  expect(sent.length).toBeGreaterThan(15);
  expect(sent.length).toBeLessThanOrEqual(21);
  expect(sent.at(-1)).toEqual({ cursor: { x: 100, y: 0 } });
});

test("whatever is shown, calls go out twenty times a second at most", async () => {
  const { store, sent, room, on } = open();
  room("ada");
  on().onData({ ...change, values: { ada: { following: "own0" } } });
  const nodeIds = ["a"];
  const bounds = { x: 0, y: 0, width: 1, height: 1 };
  for (let x = 1; x <= 200; x++) {
    store.set({ cursor: { x, y: 0 } });
    await vi.advanceTimersByTimeAsync(2);
    store.set({ drag: { gestureId: crypto.randomUUID(), nodeIds, dx: x, dy: 0, bounds }, selection: [`node${x}`] });
    await vi.advanceTimersByTimeAsync(2);
    store.set({ viewport: { ...bounds, x } });
    await vi.advanceTimersByTimeAsync(6);
  }
  expect(sent.length).toBeLessThanOrEqual(41);
  await vi.advanceTimersByTimeAsync(100);
  expect(Object.assign({}, ...sent)).toMatchObject({ cursor: { x: 200 }, drag: { dx: 200 }, selection: ["node200"], viewport: { x: 200 } });
});

test("a viewport goes once a second, and ten times while somebody follows it", async () => {
  const { store, sent, room, on } = open();
  room("ada");
  const pan = async () => {
    sent.length = 0;
    for (let x = 0; x < 100; x++) {
      store.set({ viewport: { x, y: 0, width: 1, height: 1 } });
      await vi.advanceTimersByTimeAsync(20);
    }
    return sent.length;
  };
  expect(await pan()).toBeLessThanOrEqual(3);
  on().onData({ ...change, values: { ada: { following: "own0" } } });
  expect(store.isFollowed).toBe(true);
  expect(await pan()).toBeGreaterThan(15);
});

test("on a slow line calls do not queue", async () => {
  const { store, sent, room, hold } = open();
  room("ada");
  hold();
  for (let x = 0; x < 50; x++) {
    store.set({ cursor: { x, y: 0 } });
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(sent).toHaveLength(4);
  // The connection was lost with them; all is shown again after the next join.
  room("ada");
  expect(sent.at(-1)).toEqual({ cursor: { x: 49, y: 0 } });
});

test("after a reconnect everything is shown again, what was taken back included", async () => {
  const { store, sent, room, on } = open();
  room("ada");
  store.set({ status: "idle", selection: ["a"] });
  await vi.advanceTimersByTimeAsync(200);
  store.set({ selection: null });
  on().onConnectionStateChange({ state: "connecting" });
  expect(store.getState().status).toBe("joining");
  store.set({ status: null });
  await vi.advanceTimersByTimeAsync(500);
  sent.length = 0;
  room("ada");
  expect(store.getState().status).toBe("here");
  expect(sent).toEqual([{ status: null, selection: null }]);
});

test("somebody who typed long ago does not seem to type when others come, or after a reconnect", async () => {
  const { store, sent, room, on } = open();
  room();
  store.set({ typing: true, status: "idle" });
  await vi.advanceTimersByTimeAsync(60_000);
  on().onData({ ...change, here: [member("ada")] });
  expect(sent).toEqual([{ typing: null, status: "idle" }]);
  await vi.advanceTimersByTimeAsync(1_000);
  store.set({ typing: true });
  expect(sent.at(-1)).toEqual({ typing: true });
  await vi.advanceTimersByTimeAsync(60_000);
  room("ada");
  expect(sent.at(-1)).toEqual({ typing: null, status: "idle" });
});

test("listeners hear of their slice only, also when its owner goes; maps stay the same until then", () => {
  const { store, room, on } = open();
  room("ada", "bob");
  const heard: string[] = [];
  store.listen("cursor", (tabId) => heard.push(`cursor of ${tabId}`));
  store.listen("selection", (tabId) => heard.push(`selection of ${tabId}`));
  const { get } = store.slice("selection");
  const before = get();
  on().onData({ ...change, values: { ada: { cursor: { x: 1, y: 1 } } } });
  expect(get()).toBe(before);
  on().onData({ ...change, values: { ada: { selection: ["a"] } } });
  expect(get()).toEqual(new Map([["ada", ["a"]]]));
  on().onData({ ...change, left: ["ada"] });
  expect(heard).toEqual(["cursor of ada", "selection of ada", "cursor of ada", "selection of ada"]);
  expect(get().size).toBe(0);
  expect(store.getMembers().map(({ tabId }) => tabId)).toEqual(["bob", "own0"]);
});

test("a tab whose id was taken joins as another one, once it has waited a little", async () => {
  const { joins, on } = open();
  on().onError({ message: "taken", data: { code: "CONFLICT" } });
  expect(joins).toEqual(["own0"]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(joins).toEqual(["own0", "own1"]);
});

test("after a refusal nobody is shown, until it may try again", () => {
  const { store, joins, room, on } = open();
  room("ada");
  on().onData({ ...change, values: { ada: { cursor: { x: 1, y: 1 } } } });
  const error = { message: "removed", data: { code: "NOT_FOUND", reason: "removed" } };
  on().onError(error);
  expect(store.getState()).toEqual({ status: "refused", error });
  expect([store.members.size, store.values("ada")]).toEqual([0, {}]);
  store.resume();
  expect(joins).toHaveLength(2);
  expect(store.getState().status).toBe("joining");
});

test("what is no refusal is tried again, later and later, and nobody vanishes from the page meanwhile", async () => {
  const { store, joins, room, on } = open();
  room("ada");
  for (const code of ["SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR", "TOO_MANY_REQUESTS", "TIMEOUT"]) {
    on().onError({ message: "not now", data: { code } });
    expect(store.getState().status).toBe("joining");
    await vi.advanceTimersByTimeAsync(15_000);
  }
  expect(joins).toEqual(Array(5).fill("own0"));
  expect(store.getMembers().map(({ tabId }) => tabId)).toEqual(["ada", "own0"]);
  for (let times = 0; times < 10; times++) {
    on().onError({ message: "the connection broke" });
    await vi.advanceTimersByTimeAsync(22_500);
  }
  expect(joins.length).toBeLessThanOrEqual(15);
  room("ada");
  expect(store.getState().status).toBe("here");
  on().onError({ message: "not now", data: { code: "SERVICE_UNAVAILABLE" } });
  await vi.advanceTimersByTimeAsync(1_500);
  expect(joins).toHaveLength(16);
});
