/**
 * The doorbell: tells other processes that something was committed.
 *
 * Every NOTIFY is a transaction of its own (BUS2). Inside a data transaction it would hold a lock that is global to the database
 * across the WAL flush, which caps all notifying commits of the cluster at one per flush: 50 times slower at a 1.5 ms flush,
 * measured. Alone it writes no WAL and waits for no flush. What is rung while one statement is under way goes with the next,
 * in commit order. A failed ring is dropped and counted: readers find the events by themselves (BUS1).
 */
import type { Appended } from "./append.ts";
import type { Core } from "./core.ts";
import { Loop } from "./timing.ts";
import { LoggedEvent } from "./wire.ts";

/** One committed, contiguous piece of a stream; without events it only says where to read. */
export interface Hint extends Appended {
  readonly events: readonly LoggedEvent[] | null;
}

/** What travels: `[stream, epoch, first, last, [[type, data, meta], …]?]`, or `[name]` for a signal. */
type Frame = [string, string, number, number, [string, string, string | null][]?] | [string];

export const CHANNEL = "rt";
/** pg_notify refuses 8,000 bytes and more. */
export const MAX_PAYLOAD_BYTES = 7_900;
/** Events travel inline only while a ring is this small: every process of the fleet receives every byte. */
const MAX_INLINE_PAYLOADS = 2;
/** More than this waiting for one statement means that the database does not answer; readers will sweep. */
const MAX_PENDING = 10_000;

export class Doorbell {
  readonly #core: Core;
  #pending: (Hint | string)[] = [];
  readonly #loop = new Loop(() => this.#send());

  constructor(core: Core) {
    this.#core = core;
  }

  /** @param rings hints in commit order, or names of signals */
  ring(rings: readonly (Hint | string)[]): void {
    for (const ring of rings) this.#pending.push(typeof ring === "string" ? ring : withoutBulk(ring));
    this.#core.count.dropped_rings += this.#pending.splice(0, this.#pending.length - MAX_PENDING).length;
    this.#loop.start();
  }

  /** Resolves when everything that was rung has been sent or dropped. */
  settled(): Promise<void> {
    return this.#loop.idle();
  }

  async #send(): Promise<void> {
    const { pool, count } = this.#core;
    const rings = this.#pending.splice(0);
    const payloads = toPayloads(rings);
    try {
      await pool.query("select pg_notify($1, p) from json_array_elements_text(($2::text)::json) as p", [CHANNEL, JSON.stringify(payloads)]);
      count.payloads += payloads.length;
    } catch {
      // Lost doorbells cost latency only; whatever broke the connection is reported by those who need an answer from it.
      count.dropped_rings += rings.length;
    }
  }
}

/** What is too large to travel need not be kept while it waits. */
function withoutBulk(hint: Hint): Hint {
  const chars = hint.events?.reduce((sum, event) => sum + event.size, 0) ?? 0;
  return chars > MAX_PAYLOAD_BYTES ? { ...hint, events: null } : hint;
}

export function toPayloads(rings: readonly (Hint | string)[]): string[] {
  const inline = pack(rings, true);
  return inline.length <= MAX_INLINE_PAYLOADS ? inline : pack(rings, false);
}

function pack(rings: readonly (Hint | string)[], withEvents: boolean): string[] {
  const payloads: string[] = [];
  let frames: string[] = [];
  let bytes = 1; // the brackets; each frame brings a comma, the last one none
  for (const ring of rings) {
    let text = JSON.stringify(toFrame(ring, withEvents));
    if (Buffer.byteLength(text) + 2 > MAX_PAYLOAD_BYTES) text = JSON.stringify(toFrame(ring, false));
    const size = Buffer.byteLength(text) + 1;
    if (bytes + size > MAX_PAYLOAD_BYTES) {
      payloads.push(`[${frames.join(",")}]`);
      frames = [];
      bytes = 1;
    }
    frames.push(text);
    bytes += size;
  }
  if (frames.length > 0) payloads.push(`[${frames.join(",")}]`);
  return payloads;
}

function toFrame(ring: Hint | string, withEvents: boolean): Frame {
  if (typeof ring === "string") return [ring];
  const { stream, epoch, first, last, events } = ring;
  if (!withEvents || !events) return [stream, epoch, first, last];
  return [stream, epoch, first, last, events.map((event) => [event.type, event.data, event.meta])];
}

/**
 * The opposite of `toPayloads`.
 * @throws when it is not one of ours: anybody who may connect to the database may also send on the channel
 */
export function parsePayload(payload: string): (Hint | string)[] {
  // What of this is not so is found by the check below, or does no harm.
  return (JSON.parse(payload) as Frame[]).map((frame) => {
    if (frame.length === 1) return frame[0];
    const [stream, epoch, first, last, events] = frame;
    if (typeof epoch !== "string" || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) throw new TypeError("not a hint");
    const logged = events?.map(([type, data, meta], index) => new LoggedEvent(first + index, type, data, meta));
    return { stream, epoch, first, last, events: logged ?? null };
  });
}
