import type { IncomingMessage } from "node:http";
import { afterEach, expect, test, vi } from "vitest";
import type { ContextSources } from "#server/context.ts";
import type { SessionInfo, SessionLookup } from "#server/session-reader.ts";
import { createIdentify } from "#server/socket-visitor.ts";

const session: SessionInfo = { sessionId: "s1", userId: "u1", email: "", name: "", color: "blue", startedAt: new Date() };

const away = () => Promise.reject(new Error("The database is away."));
const listening = () => Promise.resolve(0);

afterEach(() => {
  vi.useRealTimers();
});

/** Whose session is looked up as `found` says; each watch becomes ready or fails as `watches` says, in turn. */
async function openSocket(found: () => SessionLookup, watches: (() => Promise<number>)[]) {
  const told: (() => void)[] = [];
  const stopped: number[] = [];
  const sources = {
    sessions: { read: async () => ({ session, sessionEnd: null, renewedCookie: null }), lookUp: async () => found() },
    runtime: {
      access: {
        watch: (_: string, watcher: (change: { sessionId: null }) => void) => {
          const index = told.push(() => watcher({ sessionId: null })) - 1;
          return { ready: watches[index]?.(), stop: () => stopped.push(index) };
        },
      },
    },
  } as unknown as ContextSources; // what a visitor uses of them
  const visitor = await createIdentify(sources)({ headers: {}, socket: {} } as IncomingMessage);
  const end = vi.fn();
  return { stopWatching: visitor.watchEnd(end), end, told, stopped };
}

test("[WS2] a socket that could not listen when it was opened listens as soon as it can", async () => {
  vi.useFakeTimers();
  let found: SessionLookup = session;
  const { end, told, stopped } = await openSocket(() => found, [away, away, listening]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(told).toHaveLength(3);
  expect(stopped).toEqual([0, 1]);
  found = { ended: "sessionEnded" };
  told[2]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(end).toHaveBeenCalledExactlyOnceWith("sessionEnded");
});

test("[WS2] what ended while it could not listen is found when it can", async () => {
  vi.useFakeTimers();
  const { end } = await openSocket(() => null, [away, listening]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(end).toHaveBeenCalledExactlyOnceWith("accountDeleted");
});

test("a socket that was closed meanwhile listens no more", async () => {
  vi.useFakeTimers();
  const { end, told, stopWatching } = await openSocket(() => session, [away]);
  await vi.advanceTimersByTimeAsync(0);
  stopWatching();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toHaveLength(1);
  expect(end).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
