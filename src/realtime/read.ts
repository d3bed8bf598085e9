/**
 * Reading: what comes after a position, or why a reader cannot simply go on (LOG3).
 *
 * One statement is one snapshot, so a page's events, its head and its epoch belong together. Requests of one turn of the event
 * loop share a statement, and requests for the same page share its result, so a thousand subscribers that reconnect at once to
 * the same stream cost one read (HUB1). Who asks once a statement is under way gets the next: it wants to know what has happened
 * since. A failed read is tried again until it succeeds or the engine closes, as whoever waits for it has nothing better to do; one
 * that cannot succeed fails alone.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Core } from "./core.ts";
import { databaseCode, isTransient, QUERY_CANCELED, RealtimeError } from "./errors.ts";
import { continues, epochOf, formatPosition, INCARNATION_SQL, type Position } from "./position.ts";
import { backoffMs, Loop } from "./timing.ts";
import type { ResyncReason } from "./topic.ts";
import { LoggedEvent } from "./wire.ts";

/** Null: from the stream's first event. "now": no events, only where its head is. */
export type From = Position | null | "now";

export interface Page {
  readonly head: Position;
  /** Why the reader cannot simply go on; there are no events then. */
  readonly resync: ResyncReason | null;
  readonly events: readonly LoggedEvent[];
}

/** Streams per statement. What each costs falls with their number: 37 µs at 32, 14 at 128, 7 at 1,000, measured on idle streams. */
export const MAX_STREAMS_PER_READ = 128;

/** What one answer may hold: streams that share a statement have smaller pages, of one event at least. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** After this there is nothing in any stream. */
const BEYOND = Number.MAX_SAFE_INTEGER;

// $1 JSON [[stream, after], …], $2 page bytes, $3 page events. Comparing the head spares the idle, most of those in a sweep, a look at the log.
const READ_SQL = `select w.ord::int, s.epoch, inc.v as incarnation, s.head::text, e.seq::text, e.type, e.data, e.meta
from json_array_elements(($1::text)::json) with ordinality as w(e, ord)
cross join (select ${INCARNATION_SQL} as v) as inc
left join rt.stream s on s.stream = w.e->>0
left join lateral (
  select p.seq, p.type, p.data, p.meta from (
    select seq, type, data, meta, sum(octet_length(data)) over (order by seq) as bytes, row_number() over (order by seq) as nth
    from rt.event where stream = s.stream and seq > (w.e->>1)::bigint and s.head > (w.e->>1)::bigint order by seq limit $3::int
  ) p where p.bytes <= $2::int or p.nth = 1
) e on true
order by w.ord, e.seq`;

interface Row {
  ord: number;
  epoch: string | null;
  incarnation: string;
  head: string | null;
  seq: string | null;
  type: string;
  data: string;
  meta: string | null;
}

interface Request extends PromiseWithResolvers<Page> {
  readonly key: string;
  readonly stream: string;
  readonly after: From;
}

/** Statements under way at once: when a whole server reconnects, publishing must still find a free connection. */
const LANES = 2;

export class LogReader {
  readonly #core: Core;
  #waiting: Request[] = [];
  /** The same by stream and position. */
  readonly #shared = new Map<string, Request>();
  /** So many more requests go alone. */
  #singly = 0;
  readonly #lanes = Array.from({ length: LANES }, () => new Loop(() => this.#work()));
  #closed = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** @throws RealtimeError CLOSED when the engine closes meanwhile */
  async read(stream: string, after: From): Promise<Page> {
    if (this.#closed) throw closed();
    const key = `${stream} ${after && after !== "now" ? formatPosition(after) : after}`;
    let request = this.#shared.get(key);
    if (!request) {
      request = { key, stream, after, ...Promise.withResolvers<Page>() };
      this.#shared.set(key, request);
      this.#waiting.push(request);
      for (const lane of this.#lanes) lane.start();
    }
    return request.promise;
  }

  /** Ends what waits. A statement under way ends with its connection. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting) reject(closed());
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const requests = this.#waiting.splice(0, this.#singly-- > 0 ? 1 : MAX_STREAMS_PER_READ);
      for (const { key } of requests) this.#shared.delete(key);
      try {
        const rows = await this.#query(requests);
        for (const [index, { after, resolve }] of requests.entries()) resolve(this.#toPage(after, rows.get(index + 1) ?? []));
      } catch (error) {
        if (requests.length > 1 && !this.#closed) {
          this.#waiting.unshift(...requests);
          this.#singly = requests.length;
        } else for (const { reject } of requests) reject(error);
      }
    }
  }

  /** The rows of each request by its number, from 1. */
  async #query(requests: readonly Request[]): Promise<Map<number, Row[]>> {
    const { pool, count, limits } = this.#core;
    const input = JSON.stringify(requests.map(({ stream, after }) => [stream, after === "now" ? BEYOND : (after?.seq ?? 0)]));
    const pageBytes = Math.min(limits.pageBytes, Math.floor(MAX_ANSWER_BYTES / requests.length));
    for (let attempt = 0; ; attempt++) {
      try {
        count.reads++;
        return Map.groupBy(await pool.query<Row>(READ_SQL, [input, pageBytes, limits.pageEvents]), (row) => row.ord);
      } catch (error) {
        if (this.#closed || !isTransient(error)) throw error;
        // It would take as long again, and everybody else's turn with it. Whoever is told TIMEOUT comes again from the same position.
        if (databaseCode(error) === QUERY_CANCELED) throw tooSlow(limits.answerMs, error);
        await delay(backoffMs(attempt, 20, 1_000));
      }
    }
  }

  #toPage(after: From, rows: readonly Row[]): Page {
    const [first] = rows;
    const head = { epoch: epochOf(first?.epoch ?? null, first?.incarnation ?? ""), seq: Number(first?.head ?? 0) };
    const resync = (reason: ResyncReason): Page => ({ head, resync: reason, events: [] });
    if (after === "now") return { head, resync: null, events: [] };
    if (after && !continues(after, head.epoch)) return resync("reset");
    const from = after?.seq ?? 0;
    if (from > head.seq) return resync("ahead");
    if (head.seq - from > this.#core.limits.maxReplayEvents) return resync("tooFar");
    const events = rows.flatMap(({ seq, type, data, meta }) => (seq === null ? [] : new LoggedEvent(Number(seq), type, data, meta)));
    // Every row is checked, not only the first: a hole in the middle must never be silent either.
    const isWhole = events.every(({ seq }, index) => seq === from + index + 1) && (events.length > 0 || head.seq === from);
    return isWhole ? { head, resync: null, events } : resync("truncated");
  }
}

function closed(): RealtimeError {
  return new RealtimeError("CLOSED", "The engine was closed while a read was under way; subscribe again with the last position.");
}

function tooSlow(answerMs: number, cause: unknown): RealtimeError {
  return new RealtimeError("TIMEOUT", `A read took longer than ${answerMs} ms; subscribe again with the last position.`, { cause });
}
