/** What stands between an event and its delivery, with everything around it under the test's control. */
import { expect, test } from "vitest";
import { z } from "zod";
import { defineTopic } from "#realtime/topic.ts";
import type { AccessWatcher } from "#server/access.ts";
import type { Context } from "#server/context.ts";
import { AppError } from "#server/errors.ts";
import { guard, live } from "#server/live.ts";
import type { SessionInfo } from "#server/session-reader.ts";
import { router } from "#server/trpc.ts";

const topic = defineTopic("note", {
  id: z.string(),
  events: { added: z.object({ n: z.number() }) },
  start: "now",
  retention: { maxAgeMs: 1_000 },
});

/** A subscription whose guard, socket and events the test answers for. */
async function subscribe() {
  const watchers: AccessWatcher[] = [];
  const asked: { grant(): void; refuse(): void }[] = [];
  const writes: (() => void)[] = [];
  const pulled: number[] = [];
  const session: SessionInfo = { sessionId: "s", userId: "u", email: "", name: "", color: "blue", startedAt: new Date() };
  const check = () =>
    new Promise<string>((resolve, reject) =>
      asked.push({ grant: () => resolve("a"), refuse: () => reject(new AppError("NOT_FOUND", "There is none.")) }),
    );
  const context = {
    session,
    sessionEnd: null,
    sessions: { lookUp: async () => session },
    holdStream: () => true,
    ws: { bufferedAmount: 0, isOpen: true, whenWritable: () => new Promise<void>((resolve) => writes.push(resolve)) },
    runtime: {
      access: {
        watch: (_: string, watcher: AccessWatcher) => {
          watchers.push(watcher);
          return { ready: Promise.resolve(0), stop: () => {} };
        },
      },
      realtime: {
        subscribe: async function* () {
          for (let n = 1; ; n++) {
            pulled.push(n);
            yield { position: `e.${n}`, event: { type: "added", at: new Date(), data: { n } } };
          }
        },
      },
    },
  };
  const notes = router({ onChange: live(topic, guard(z.object({}), check)) });
  // What a durable subscription uses of a context, and no more.
  const events = (await notes.createCaller(context as unknown as Context).onChange({}))[Symbol.asyncIterator]();
  return { events, asked, writes, pulled, changeAccess: () => watchers[0]?.({ userId: "u", sessionId: null, reason: null, about: null }) };
}

/** Long enough for everything that waits for nothing from outside. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("[SUB4] an event that comes while the guard is being asked again waits for the answer, and is not delivered when that is no", async () => {
  const { events, asked, writes, pulled, changeAccess } = await subscribe();
  const first = events.next();
  await settled();
  asked[0]?.grant();
  await settled();
  changeAccess();
  writes[0]?.();
  let delivered = false;
  const outcome = first.then(
    () => {
      delivered = true;
      return null;
    },
    (error: unknown) => error,
  );
  await settled();
  expect(pulled).toEqual([1]);
  expect(asked).toHaveLength(2);
  expect(delivered).toBe(false);
  asked[1]?.refuse();
  expect(await outcome).toMatchObject({ code: "NOT_FOUND" });
});

test("[SUB3] an event waits until its socket has room, and the next one is not taken meanwhile", async () => {
  const { events, asked, writes, pulled } = await subscribe();
  const first = events.next();
  let delivered = false;
  void first.then(() => {
    delivered = true;
  });
  await settled();
  asked[0]?.grant();
  await settled();
  expect(writes).toHaveLength(1);
  expect(delivered).toBe(false);
  writes[0]?.();
  await first;
  const second = events.next();
  await settled();
  expect(pulled).toEqual([1, 2]);
  writes[1]?.();
  expect((await second).done).toBe(false);
});
