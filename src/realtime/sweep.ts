/**
 * The safety net under NOTIFY: asks the log whether streams have moved on without us being told.
 *
 * While LISTEN works it has a fixed budget, so many streams a second in turn, whether ten or ten thousand are idle (HUB3); urgent
 * ones (access, cancel) are all looked at every 500 ms, because somebody waits for those to stop something. While LISTEN does
 * not work, the same look goes over everything several times a second and is the delivery itself (BUS4).
 */
import type { Sql } from "postgres";
import type { Hub } from "./hub.ts";
import { epochOf, INCARNATION_SQL, type Position } from "./position.ts";

export interface SweepLimits {
  /** Streams a second while LISTEN works. */
  readonly sweepStreamsPerSecond: number;
  /** Between two looks at everything while LISTEN does not work, in milliseconds. */
  readonly pollMs: number;
}

const URGENT_MS = 500;
const MAX_STREAMS_PER_QUERY = 1_000;

// $1 JSON [stream, …]; a stream without a row has nothing to tell.
const HEADS_SQL = `select s.stream, s.epoch, i.v as incarnation, s.head::text
from (select ${INCARNATION_SQL} as v) i
cross join json_array_elements_text(($1::text)::json) as w(stream)
join rt.stream s on s.stream = w.stream`;

export class Sweep {
  readonly #sql: Sql;
  readonly #hub: Hub;
  readonly #limits: SweepLimits;
  readonly #isUrgent: (stream: string) => boolean;
  #polling = true;
  #timers: NodeJS.Timeout[] = [];
  #busy = { budgeted: false, urgent: false };
  #next = 0;
  looked = 0;
  found = 0;

  constructor(sql: Sql, hub: Hub, limits: SweepLimits, isUrgent: (stream: string) => boolean) {
    this.#sql = sql;
    this.#hub = hub;
    this.#limits = limits;
    this.#isUrgent = isUrgent;
  }

  /** Whether NOTIFY cannot be relied on now. */
  set polling(polling: boolean) {
    if (polling === this.#polling) return;
    this.#polling = polling;
    if (this.#timers.length > 0) this.start();
  }

  start(): void {
    this.stop();
    const everyMs = this.#polling ? this.#limits.pollMs : 1_000;
    this.#timers = [
      setInterval(() => void this.#guarded("budgeted", () => this.#look(this.#turn())), everyMs),
      setInterval(() => void this.#guarded("urgent", () => this.#look(this.#hub.names().filter(this.#isUrgent))), URGENT_MS),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #turn(): string[] {
    const names = this.#hub.names();
    const budget = this.#limits.sweepStreamsPerSecond;
    if (this.#polling || names.length <= budget) return names;
    const from = this.#next % names.length;
    this.#next = from + budget;
    return [...names.slice(from, from + budget), ...names.slice(0, Math.max(0, from + budget - names.length))];
  }

  async #guarded(which: "budgeted" | "urgent", look: () => Promise<void>): Promise<void> {
    if (this.#busy[which]) return;
    this.#busy[which] = true;
    try {
      await look();
    } catch {
      // The next round asks again; a database that is away is reported by the listener and by whoever publishes.
    } finally {
      this.#busy[which] = false;
    }
  }

  async #look(streams: readonly string[]): Promise<void> {
    for (let at = 0; at < streams.length; at += MAX_STREAMS_PER_QUERY) {
      const chunk = streams.slice(at, at + MAX_STREAMS_PER_QUERY);
      const before = new Map(chunk.map((stream) => [stream, this.#hub.headOf(stream)]));
      this.looked += chunk.length;
      const rows = await this.#sql.unsafe(HEADS_SQL, [JSON.stringify(chunk)], { prepare: true });
      const moved = rows.filter((row) =>
        differs(before.get(row.stream) ?? null, { epoch: epochOf(row.epoch, row.incarnation), seq: Number(row.head) }),
      );
      this.found += moved.length;
      this.#hub.catchUp(moved.map((row) => String(row.stream)));
    }
  }
}

/** A hub that is further than this answer is not behind: the answer is merely older than what was handed out meanwhile. */
function differs(at: Position | null, head: Position): boolean {
  return at !== null && (at.epoch !== head.epoch || at.seq !== head.seq);
}
