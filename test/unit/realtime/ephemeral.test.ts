/** What goes over the bus, when and how much of it, and what a reader who does not keep up is told. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Ephemeral } from "#realtime/ephemeral.ts";
import { type OpenRoom, openRoom, Visit } from "#realtime/visit.ts";
import { testRoom } from "../../support/presence.ts";

beforeEach(async () => {
  vi.useFakeTimers();
  // The queue was looked at long ago.
  await vi.advanceTimersByTimeAsync(10_000);
});
afterEach(() => {
  vi.useRealTimers();
});

type Item = [room: string, tabId?: string, epoch?: number, slice?: string, value?: unknown];

function start() {
  const frames: string[] = [];
  const rooms = new Map<string, OpenRoom>();
  const queue = { usage: 0 };
  let answer: () => Promise<void> = async () => {};
  const ephemeral = new Ephemeral({
    roomOf: (room) => rooms.get(room),
    send: async (frame) => {
      await answer();
      frames.push(frame);
    },
    queueUsage: async () => queue.usage,
    onRoster: () => {},
  });
  const items = () => frames.flatMap((frame) => JSON.parse(frame) as Item[]);
  return {
    ephemeral,
    frames,
    rooms,
    queue,
    items,
    answerBy: (by: typeof answer) => {
      answer = by;
    },
    show: (tab: number, x: number) =>
      ephemeral.show(`test:room-${tab % 7}`, { tabId: `tab-${tab}`, epoch: 1 }, { cursor: { x, y: 0 } }, true),
    /** By tab, in the order in which they came. */
    told: () => Map.groupBy(items(), ([, tabId = ""]) => tabId),
  };
}

test("[PRS3] over all rooms a process sends twenty frames a second at most, each smaller than a NOTIFY may be, and everybody's newest", async () => {
  const { show, frames, told } = start();
  const TABS = 300;
  for (let x = 1; x <= 100; x++) {
    for (let tab = 0; tab < TABS; tab++) show(tab, x);
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(frames.length).toBeGreaterThan(30);
  expect(frames.length).toBeLessThanOrEqual(41);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(Math.max(...frames.map((frame) => Buffer.byteLength(frame)))).toBeLessThan(7_900);
  const values = told();
  expect(values.size).toBe(TABS);
  // About 150 fit into a frame, so everybody has a place in every second one.
  expect(Math.min(...[...values.values()].map((own) => own.length))).toBeGreaterThanOrEqual(15);
  for (const own of values.values()) expect(own.at(-1)?.[4]).toEqual({ x: 100, y: 0 });
  const before = frames.length;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(frames.length).toBe(before);
  expect(vi.getTimerCount()).toBe(0);
});

test("[PRS3] while the notification queue is filling up values wait, and who comes and goes is said all the same", async () => {
  const { ephemeral, queue, show, items } = start();
  queue.usage = 0.2;
  for (let x = 1; x <= 50; x++) {
    show(1, x);
    await vi.advanceTimersByTimeAsync(50);
  }
  ephemeral.announce("test:room-1");
  await vi.advanceTimersByTimeAsync(100);
  expect(items()).toEqual([["test:room-1"]]);
  queue.usage = 0.01;
  await vi.advanceTimersByTimeAsync(2_100);
  expect(items().slice(1)).toEqual([["test:room-1", "tab-1", 1, "cursor", { x: 50, y: 0 }]]);
});

test("[PRS3] what could not be sent goes later, unless something newer does, and never two frames at once", async () => {
  const { answerBy, show, items } = start();
  let underWay = 0;
  let most = 0;
  answerBy(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 300));
    underWay -= 1;
    throw new Error("the database is away");
  });
  show(1, 1);
  show(2, 1);
  await vi.advanceTimersByTimeAsync(1_000);
  show(1, 2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(items()).toEqual([]);
  expect(most).toBe(1);
  answerBy(async () => {});
  await vi.advanceTimersByTimeAsync(500);
  expect(
    items()
      .map(([, tabId, , , value]) => [tabId, value])
      .sort(),
  ).toEqual([
    ["tab-1", { x: 2, y: 0 }],
    ["tab-2", { x: 1, y: 0 }],
  ]);
});

test("[PRS3] a reader who is not ready is told the newest once it is, and holds up nobody", async () => {
  const { ephemeral, rooms, show } = start();
  const room = openRoom("test:room-1", testRoom);
  rooms.set(room.name, room);
  const member = {
    room: room.name,
    processId: "",
    name: "",
    color: "",
    device: "",
    away: false,
    joinedAt: new Date(0),
    epoch: 1,
    changed: 1,
  };
  for (const tabId of ["tab-1", "slow", "fast"]) room.members.set(tabId, { ...member, tabId, userId: tabId });
  const ready = Promise.withResolvers<void>();
  const told: Record<string, unknown[]> = { slow: [], fast: [] };
  for (const tabId of ["slow", "fast"]) {
    const visit = new Visit(room, { tabId, userId: tabId, via: null, epoch: 1 }, () => {});
    room.visits.set(tabId, visit);
    visit.begin();
    void (async () => {
      for await (const update of visit.updates(async () => (tabId === "slow" ? ready.promise : undefined))) {
        told[tabId]?.push(update.values["tab-1"]?.cursor);
      }
    })();
  }
  for (let x = 1; x <= 40; x++) {
    show(1, x);
    ephemeral.changed(room);
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(told.slow).toEqual([]);
  expect(told.fast?.length).toBeGreaterThan(20);
  ready.resolve();
  await vi.advanceTimersByTimeAsync(50);
  expect(told.slow).toEqual([{ x: 40, y: 0 }]);
  for (const visit of room.visits.values()) visit.end("over");
});

test("[PRS3] what is shown anew in a room that was closed meanwhile stays for as long as it may", async () => {
  const { ephemeral, rooms } = start();
  const frame = JSON.stringify([["test:room", "tab", 1, "blink", true]]);
  const shown = () => rooms.get("test:room")?.shown.get("tab")?.values.blink;
  rooms.set("test:room", openRoom("test:room", testRoom));
  ephemeral.hear(frame);
  // The last one here leaves, and somebody comes.
  rooms.set("test:room", openRoom("test:room", testRoom));
  await vi.advanceTimersByTimeAsync(700);
  ephemeral.hear(frame);
  await vi.advanceTimersByTimeAsync(900);
  expect(shown()).toBe(true);
  await vi.advanceTimersByTimeAsync(100);
  expect(shown()).toBe(null);
});
