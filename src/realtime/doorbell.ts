/**
 * The doorbell: tells other processes that something was committed.
 *
 * Every NOTIFY is a transaction of its own (BUS2). Inside a data transaction it would hold a lock that is global to the database
 * across the WAL flush, which caps all notifying commits of the cluster at one per flush: 50 times slower at a 1.5 ms flush,
 * measured. Alone it writes no WAL and waits for no flush. What is rung while one statement is under way goes with the next,
 * in commit order. A failed ring is dropped and counted: readers find the events by themselves (BUS1).
 */
import type { Sql } from "postgres";
import type { Appended } from "./append.ts";
import type { LoggedEvent } from "./wire.ts";

/** One committed, contiguous piece of a stream; without events it only says where to read. */
export interface Hint extends Appended {
  readonly events: readonly LoggedEvent[] | null;
}

/** What travels: `[stream, epoch, first, last, [[type, data, meta], …]?]`, or `[name]` for a signal. */
export type Frame = [string, string, number, number, [string, string, string | null][]?] | [string];

/** pg_notify refuses 8,000 bytes and more. */
export const MAX_PAYLOAD_BYTES = 7_900;
/** Events travel inline only while a ring is this small: every process of the fleet receives every byte. */
const MAX_INLINE_PAYLOADS = 2;
/** More streams than this waiting for one statement means that the database does not answer; readers will sweep. */
const MAX_PENDING_HINTS = 10_000;

const NOTIFY_SQL = "select pg_notify($1, p) from json_array_elements_text(($2::text)::json) as p";

export class Doorbell {
  readonly #sql: Sql;
  readonly #channel: string;
  #pending: (Hint | string)[] = [];
  #active = false;
  #ringing: Promise<void> | undefined;
  payloads = 0;
  dropped = 0;

  constructor(sql: Sql, channel: string) {
    this.#sql = sql;
    this.#channel = channel;
  }

  /** @param rings hints in commit order, or names of signals */
  ring(rings: readonly (Hint | string)[]): void {
    this.#pending.push(...rings);
    if (this.#pending.length > MAX_PENDING_HINTS) this.dropped += this.#pending.splice(0, this.#pending.length - MAX_PENDING_HINTS).length;
    if (this.#active) return;
    this.#active = true;
    this.#ringing = this.#run();
  }

  /** Resolves when everything that was rung has been sent or dropped. */
  async settled(): Promise<void> {
    await this.#ringing;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // what the same turn rings goes along
    while (this.#pending.length > 0) {
      const rings = this.#pending;
      this.#pending = [];
      const payloads = toPayloads(rings);
      try {
        await this.#sql.unsafe(NOTIFY_SQL, [this.#channel, JSON.stringify(payloads)], { prepare: true });
        this.payloads += payloads.length;
      } catch {
        // Lost doorbells cost latency only; whatever broke the connection is reported by those who need an answer from it.
        this.dropped += rings.length;
      }
    }
    this.#active = false; // in the same turn as the look at the empty queue
  }
}

export function toPayloads(rings: readonly (Hint | string)[]): string[] {
  const inline = pack(rings, true);
  return inline.length <= MAX_INLINE_PAYLOADS ? inline : pack(rings, false);
}

function pack(rings: readonly (Hint | string)[], withEvents: boolean): string[] {
  const payloads: string[] = [];
  let frames: string[] = [];
  let bytes = 2;
  for (const ring of rings) {
    let text = JSON.stringify(toFrame(ring, withEvents));
    if (Buffer.byteLength(text) + 2 > MAX_PAYLOAD_BYTES) text = JSON.stringify(toFrame(ring, false));
    const size = Buffer.byteLength(text) + 1;
    if (bytes + size > MAX_PAYLOAD_BYTES) {
      payloads.push(`[${frames.join(",")}]`);
      frames = [];
      bytes = 2;
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
