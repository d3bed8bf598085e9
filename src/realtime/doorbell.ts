/**
 * The doorbell: tells other processes that something was committed.
 *
 * Every NOTIFY is a transaction of its own (BUS2). Inside a data transaction it would hold a lock that is global to the database
 * across the WAL flush, which caps all notifying commits of the cluster at one per flush: 50 times slower at a 1.5 ms flush,
 * measured. Alone it writes no WAL and waits for no flush. What is rung while one statement is under way goes with the next,
 * in commit order. A failed ring is dropped and counted: readers find the events by themselves (BUS1).
 *
 * A ring is one notification, and a statement sends many. Packing several into one payload was measured and left: the lock, the
 * commit and the waking of the listeners are per statement either way, and packing saved 2 µs a ring (4 with ten listeners).
 */
import type { Appended } from "./append.ts";
import type { Core } from "./core.ts";
import { Loop } from "./timing.ts";
import { LoggedEvent } from "./wire.ts";

/** One committed, contiguous piece of a stream; without events it only says where to read. It travels as JSON. */
export interface Hint extends Appended {
  readonly events: readonly LoggedEvent[] | null;
}

export const CHANNEL = "rt";
/** pg_notify refuses 8,000 bytes and more. */
export const MAX_PAYLOAD_BYTES = 7_900;
/** Events travel along only while this little waits: every process of the fleet receives every byte. */
const MAX_INLINE_BYTES = 2 * MAX_PAYLOAD_BYTES;
/** More than this waiting for one statement means that the database does not answer; readers will sweep. */
const MAX_PENDING = 10_000;

export class Doorbell {
  readonly #core: Core;
  #pending: string[] = [];
  #pendingBytes = 0;
  readonly #loop = new Loop(() => this.#send());

  constructor(core: Core) {
    this.#core = core;
  }

  /** @param rings hints in commit order, or signals as they travel */
  ring(rings: readonly (Hint | string)[]): void {
    for (const ring of rings) {
      const payload = typeof ring === "string" ? ring : toPayload(ring, MAX_INLINE_BYTES - this.#pendingBytes);
      this.#pending.push(payload);
      this.#pendingBytes += Buffer.byteLength(payload);
    }
    this.#core.count.dropped_rings += this.#pending.splice(0, this.#pending.length - MAX_PENDING).length;
    this.#loop.start();
  }

  /** Resolves when everything that was rung has been sent or dropped. */
  settled(): Promise<void> {
    return this.#loop.idle();
  }

  async #send(): Promise<void> {
    const { pool, count } = this.#core;
    const payloads = this.#pending.splice(0);
    this.#pendingBytes = 0;
    try {
      await pool.query("select pg_notify($1, p) from json_array_elements_text(($2::text)::json) as p", [CHANNEL, JSON.stringify(payloads)]);
      count.payloads += payloads.length;
    } catch {
      // Lost doorbells cost latency only; whatever broke the connection is reported by those who need an answer from it.
      count.dropped_rings += payloads.length;
    }
  }
}

/** @param room bytes; where the events do not fit, only their place is said */
export function toPayload(hint: Hint, room: number): string {
  const maxBytes = Math.min(room, MAX_PAYLOAD_BYTES);
  const chars = hint.events?.reduce((sum, event) => sum + event.size, 0) ?? 0;
  // Bulk is not even made into text.
  const whole = chars < maxBytes ? JSON.stringify(hint) : null;
  return whole !== null && Buffer.byteLength(whole) <= maxBytes ? whole : JSON.stringify({ ...hint, events: null });
}

/**
 * The opposite of `toPayload`.
 * @throws when it is not one of ours: anybody who may connect to the database may also send on the channel
 */
export function parsePayload(payload: string): Hint {
  // What of this is not so is found by the check below, or does no harm.
  const { stream, epoch, first, last, events } = JSON.parse(payload) as Hint;
  if (typeof epoch !== "string" || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) throw new TypeError("not a hint");
  const logged = events?.map(({ type, data, meta }, index) => new LoggedEvent(first + index, type, data, meta));
  return { stream, epoch, first, last, events: logged ?? null };
}
