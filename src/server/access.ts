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
import { type Delivery, type Realtime, RealtimeError, type RealtimeTransaction } from "#realtime/index.ts";
import { defineTopic } from "#realtime/topic.ts";
import { type SessionEndCause, sessionEndCauses } from "#ws/close-codes.ts";
import type { Database } from "./db.ts";
import type { Logger } from "./logger.ts";

const DAY_MS = 86_400_000;
/** After a failed read; the watchers were told to check again, so nobody relies on a stream that is gone. */
const RETRY_MS = 1_000;

/**
 * Why somebody may no longer do what they were doing. It is told to nobody but the one it happened to, and only about what they
 * could see until then, so it gives nothing away.
 */
export const accessReasons = [
  /** Of a thing: the user is no longer one of its people. */
  "removed",
  "roleChanged",
  /** The thing itself is no more, for anybody. */
  "deleted",
  /** Of a session: why it is over, in the words of what its sockets are closed with. */
  ...sessionEndCauses,
] as const;
export type AccessReason = (typeof accessReasons)[number];

// A newer server may know one more; its event must still be heard as a change.
const reason = z.enum(accessReasons).nullable().catch(null);

/** The id is the user's, in one spelling: in capitals it would be a stream that nobody listens to. */
export const accessTopic = defineTopic("access", {
  id: z.uuid().lowercase(),
  start: "now",
  sweep: "urgent",
  retention: { maxAgeMs: DAY_MS },
  events: {
    /** One device of the user was signed out. */
    sessionEnded: z.object({ sessionId: z.uuid(), reason: reason.default("sessionEnded") }),
    /** Something the user may see or do changed: a membership, a role. `about`: the id of the thing, null for anything. */
    accessChanged: z.object({ reason: reason.default(null), about: z.string().nullable().default(null) }),
  },
});

/**
 * Tells every process that this user may see or do less (or something else) from now on, in the transaction that takes it away:
 * the guards of what the user has open run again within 2 s, and what they refuse ends with the reason.
 * @param about the id of the thing it concerns, a document's, say; without one it concerns everything of the user's
 */
export function publishAccessChanged(tx: RealtimeTransaction, userId: string, change: { reason: AccessReason; about?: string }): void {
  tx.publish(accessTopic, userId, { type: "accessChanged", data: { reason: change.reason, about: change.about ?? null } });
}

/** Tells every process that one of this user's sessions is over, in the transaction that ends it. */
export function publishSessionEnded(tx: RealtimeTransaction, userId: string, ended: { sessionId: string; reason: SessionEndCause }): void {
  tx.publish(accessTopic, userId, { type: "sessionEnded", data: ended });
}

/**
 * Makes the user's stream, in the transaction that makes a session of theirs. A stream's birth is read from the log, and only what comes
 * after it is heard: what is the first thing ever taken from somebody must not take longer than what follows it elsewhere.
 */
export async function beginAccess(tx: RealtimeTransaction, userId: string): Promise<void> {
  await tx.lock(accessTopic, userId);
}

/** What a watcher is told. `sessionId` null: anything may have changed, check again. */
export interface AccessChange {
  readonly userId: string;
  readonly sessionId: string | null;
  /** Null when it is not known what happened, only that something may have. */
  readonly reason: AccessReason | null;
  /** Which thing it concerns; null: everything of the user's. */
  readonly about: string | null;
}

export type AccessWatcher = (change: AccessChange) => void;

export interface AccessWatch extends Disposable {
  /**
   * Resolves when every later change will be told, with the moment from which on that is so (by `performance.now()`): what was read
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
    const reader: Reader = { watchers: new Set(), abort, ready: position.then(() => performance.now()) };
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
        tell(reader, { userId, sessionId: null, reason: null, about: null });
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
  switch (event.type) {
    case "sessionEnded":
      return { userId, sessionId: event.data.sessionId, reason: event.data.reason, about: null };
    case "accessChanged":
      return { userId, sessionId: null, reason: event.data.reason, about: event.data.about };
    default:
      return { userId, sessionId: null, reason: null, about: null };
  }
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
