/**
 * Reading: what comes after a position, or why a reader cannot simply go on (LOG3).
 *
 * One statement is one snapshot, so a page's events, its head and its epoch belong together. Requests of one turn of the event
 * loop share a statement, and requests for the same page share its result, so a thousand subscribers that reconnect at once to
 * the same stream cost one read (HUB1). A failed read is tried again until it succeeds or the engine closes: whoever waits for
 * it has nothing better to do.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "postgres";
import { isTransient, RealtimeError } from "./errors.ts";
import { continues, epochOf, formatPosition, INCARNATION_SQL, type Position } from "./position.ts";
import type { ResyncReason } from "./topic.ts";
import { LoggedEvent } from "./wire.ts";

export interface ReadLimits {
  /** Most events of one stream in one page. */
  readonly pageEvents: number;
  /** Most bytes of event text of one stream in one page; a larger single event still comes. */
  readonly pageBytes: number;
  /** A reader further behind than this is told to refetch. */
  readonly maxReplayEvents: number;
}

export type Page = {
  readonly epoch: string;
  readonly head: number;
} & ({ readonly resync: ResyncReason } | { readonly resync: null; readonly events: readonly LoggedEvent[] });

/** Streams per statement: with `pageBytes` it bounds what one answer may hold. */
const MAX_STREAMS_PER_READ = 32;

/** After this there is nothing in any stream. */
const BEYOND = Number.MAX_SAFE_INTEGER;

// $1 JSON [[stream, after], …], $2 page bytes, $3 page events
const READ_SQL = `select w.ord::int, s.epoch, inc.v as incarnation, s.head::text, e.seq::text, e.type, e.data, e.meta
from json_array_elements(($1::text)::json) with ordinality as w(e, ord)
cross join (select ${INCARNATION_SQL} as v) as inc
left join rt.stream s on s.stream = w.e->>0
left join lateral (
  select p.seq, p.type, p.data, p.meta from (
    select seq, type, data, meta, sum(octet_length(data)) over (order by seq) as bytes, row_number() over (order by seq) as nth
    from rt.event where stream = s.stream and seq > (w.e->>1)::bigint order by seq limit $3::int
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

interface Request {
  readonly stream: string;
  readonly after: Position | null | "now";
  readonly promise: Promise<Page>;
  readonly resolve: (page: Page) => void;
  readonly reject: (error: unknown) => void;
}

export class Reader {
  readonly #sql: Sql;
  readonly #limits: ReadLimits;
  readonly #inFlight = new Map<string, Request>();
  #waiting: Request[] = [];
  #scheduled = false;
  #closed = false;
  reads = 0;

  constructor(sql: Sql, limits: ReadLimits) {
    this.#sql = sql;
    this.#limits = limits;
  }

  /**
   * @param after null: from the stream's first event; "now": no events, only where the head is
   * @throws RealtimeError CLOSED when the engine closes meanwhile
   */
  read(stream: string, after: Position | null | "now"): Promise<Page> {
    const key = `${stream} ${after && after !== "now" ? formatPosition(after) : after}`;
    const shared = this.#inFlight.get(key);
    if (shared) return shared.promise;
    const request: Request = { stream, after, ...Promise.withResolvers<Page>() };
    this.#inFlight.set(key, request);
    const forget = () => this.#inFlight.delete(key);
    request.promise.then(forget, forget);
    this.#waiting.push(request);
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#dispatch());
    }
    return request.promise;
  }

  close(): void {
    this.#closed = true;
    for (const request of this.#inFlight.values()) request.reject(closed());
  }

  #dispatch(): void {
    this.#scheduled = false;
    const requests = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < requests.length; at += MAX_STREAMS_PER_READ) void this.#run(requests.slice(at, at + MAX_STREAMS_PER_READ));
  }

  async #run(requests: readonly Request[]): Promise<void> {
    const input = JSON.stringify(requests.map(({ stream, after }) => [stream, after === "now" ? BEYOND : (after?.seq ?? 0)]));
    for (let attempt = 0; ; attempt++) {
      if (this.#closed) return;
      try {
        this.reads++;
        const { pageBytes, pageEvents } = this.#limits;
        // READ_SQL names exactly these columns.
        const rows = (await this.#sql.unsafe(READ_SQL, [input, pageBytes, pageEvents], { prepare: true })) as unknown as Row[];
        const perRequest = Map.groupBy(rows, (row) => row.ord);
        for (const [index, request] of requests.entries()) request.resolve(this.#toPage(request.after, perRequest.get(index + 1) ?? []));
        return;
      } catch (error) {
        if (!isTransient(error)) return requests.forEach((request) => void request.reject(error));
        await delay(Math.min(1_000, 20 * 2 ** attempt) * (0.5 + Math.random() / 2));
      }
    }
  }

  #toPage(after: Position | null | "now", rows: readonly Row[]): Page {
    const epoch = epochOf(rows[0]?.epoch ?? null, rows[0]?.incarnation ?? "");
    const head = Number(rows[0]?.head ?? 0);
    if (after === "now") return { epoch, head, resync: null, events: [] };
    if (after && !continues(after, epoch)) return { epoch, head, resync: "reset" };
    const from = after?.seq ?? 0;
    if (from > head) return { epoch, head, resync: "ahead" };
    if (head - from > this.#limits.maxReplayEvents) return { epoch, head, resync: "tooFar" };
    const events: LoggedEvent[] = [];
    for (const row of rows) {
      if (row.seq === null) break;
      const seq = Number(row.seq);
      // Every row is checked, not only the first: a hole in the middle must never be silent either.
      if (seq !== from + events.length + 1) return { epoch, head, resync: "truncated" };
      events.push(new LoggedEvent(seq, row.type, row.data, row.meta));
    }
    if (events.length === 0 && head > from) return { epoch, head, resync: "truncated" };
    return { epoch, head, resync: null, events };
  }
}

function closed(): RealtimeError {
  return new RealtimeError("CLOSED", "The engine was closed while a read was under way; subscribe again with the last position.");
}
