/**
 * Who lost access, as an event.
 *
 * Each user has one stream here. Whoever takes access away (signs a device out, removes a membership) publishes on it in the
 * same transaction, and every process that serves that user right now hears it within 2 s, because the topic is swept
 * every 500 ms even when a NOTIFY is lost (SUB4). One reader per user and process, however many subscriptions the user has.
 *
 * A watcher is `ready` only once the position it listens from is known. Run the check after that, never before: a change that
 * commits between a check and the start of listening would be seen by neither.
 */
import { z } from "zod";
import { type Delivery, type Realtime, RealtimeError } from "#realtime/index.ts";
import { defineTopic } from "#realtime/topic.ts";
import type { Database } from "./db.ts";
import type { Logger } from "./logger.ts";

const DAY_MS = 86_400_000;
/** After a failed read; the watchers were told to check again, so nobody relies on a stream that is gone. */
const RETRY_MS = 1_000;

/** The id is the user's. */
export const accessTopic = defineTopic("access", {
  id: z.uuid(),
  start: "now",
  sweep: "urgent",
  retention: { maxAgeMs: DAY_MS },
  events: {
    /** One device of the user was signed out. */
    sessionEnded: z.object({ sessionId: z.uuid() }),
    /** Something the user may see or do changed: a membership, a role. */
    accessChanged: z.object({}),
  },
});

/** What a watcher is told. `sessionId` null: anything may have changed, check again. */
export interface AccessChange {
  readonly userId: string;
  readonly sessionId: string | null;
}

export type AccessWatcher = (change: AccessChange) => void;

export interface AccessWatch extends Disposable {
  /**
   * Resolves when every later change will be told, with the moment from which on that is so (by `Date.now()`): what was read
   * before it may lack a change that nobody will tell. Rejects when the database cannot be asked.
   */
  readonly ready: Promise<number>;
  stop(): void;
}

export interface Access {
  /** Tells `watcher` of every change to this user's access until stopped. Watchers must not throw. */
  watch(userId: string, watcher: AccessWatcher): AccessWatch;
  /** Tells of every change that this process hears, of any watched user: for caches. */
  onChange(watcher: AccessWatcher): () => void;
  /** Stops all reading. */
  close(): void;
}

interface Reader {
  readonly watchers: Set<AccessWatcher>;
  readonly abort: AbortController;
  readonly ready: Promise<number>;
}

export function createAccess(options: { readonly realtime: Realtime; readonly db: Database; readonly log: Logger }): Access {
  const readers = new Map<string, Reader>();
  const caches = new Set<AccessWatcher>();

  function tell(reader: Reader, change: AccessChange): void {
    for (const cache of caches) cache(change);
    for (const watcher of [...reader.watchers]) watcher(change);
  }

  function startReader(userId: string): Reader {
    const abort = new AbortController();
    const position = currentPosition(userId);
    const reader: Reader = { watchers: new Set(), abort, ready: position.then(() => Date.now()) };
    // Whoever watches awaits `ready` itself; this keeps an early stop from leaving the rejection unhandled.
    reader.ready.catch(() => drop(userId, reader));
    void position.then(
      (after) => follow(userId, reader, after),
      () => undefined,
    );
    return reader;
  }

  async function currentPosition(userId: string): Promise<string> {
    const { position } = await options.realtime.snapshot(options.db, accessTopic, userId, async () => null);
    return position;
  }

  async function follow(userId: string, reader: Reader, start: string): Promise<void> {
    let after = start;
    while (!reader.abort.signal.aborted) {
      try {
        for await (const delivery of options.realtime.subscribe(accessTopic, userId, { after, signal: reader.abort.signal })) {
          after = delivery.position;
          tell(reader, changeOf(userId, delivery));
        }
        if (!reader.abort.signal.aborted) throw new Error("The access stream ended by itself.");
      } catch (error) {
        if (reader.abort.signal.aborted) return;
        // The process is stopping; its subscriptions have ended with the same error.
        if (error instanceof RealtimeError && error.code === "CLOSED") return;
        options.log.warn(`Reading access changes of user ${userId} failed; trying again in ${RETRY_MS} ms.`, { error });
        tell(reader, { userId, sessionId: null });
        await pause(RETRY_MS, reader.abort.signal);
      }
    }
  }

  function drop(userId: string, reader: Reader): void {
    reader.abort.abort();
    if (readers.get(userId) === reader) readers.delete(userId);
  }

  return {
    watch(userId, watcher) {
      const reader = readers.get(userId) ?? startReader(userId);
      readers.set(userId, reader);
      // A function of its own per watch, so that one function watching twice is stopped once at a time.
      const own: AccessWatcher = (change) => watcher(change);
      reader.watchers.add(own);
      const stop = () => {
        reader.watchers.delete(own);
        if (reader.watchers.size === 0) drop(userId, reader);
      };
      return { ready: reader.ready, stop, [Symbol.dispose]: stop };
    },
    onChange(watcher) {
      caches.add(watcher);
      return () => caches.delete(watcher);
    },
    close() {
      for (const [userId, reader] of [...readers]) drop(userId, reader);
    },
  };
}

function changeOf(userId: string, { event }: Delivery<typeof accessTopic>): AccessChange {
  return { userId, sessionId: event.type === "sessionEnded" ? event.data.sessionId : null };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
