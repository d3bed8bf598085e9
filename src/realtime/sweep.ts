/**
 * The safety net under NOTIFY: asks the log whether streams have moved on without us being told.
 *
 * While LISTEN works it has a fixed budget, so many streams a second in turn, whether ten or ten thousand are idle (HUB3); urgent
 * ones (access, cancel) are all looked at every 500 ms, because somebody waits for those to stop something. While LISTEN does
 * not work, every look goes over everything and is the delivery itself (BUS4).
 */
import type { Core } from "./core.ts";
import type { Hub } from "./hub.ts";
import { epochOf, INCARNATION_SQL } from "./position.ts";
import { repeat } from "./timing.ts";

const URGENT_MS = 500;
const MAX_STREAMS_PER_QUERY = 1_000;

// $1 JSON [stream, …]; a stream without a row has nothing to tell.
const HEADS_SQL = `select s.stream, s.epoch, i.v as incarnation, s.head::text
from (select ${INCARNATION_SQL} as v) i
cross join json_array_elements_text(($1::text)::json) as w(stream)
join rt.stream s on s.stream = w.stream`;

export class Sweep {
  readonly #core: Core;
  readonly #hub: Hub;
  readonly #isUrgent: (stream: string) => boolean;
  readonly #isListening: () => boolean;
  #next = 0;
  #urgentAtMs = 0;

  /** @param isListening whether NOTIFY can be relied on now */
  constructor(core: Core, hub: Hub, isUrgent: (stream: string) => boolean, isListening: () => boolean) {
    this.#core = core;
    this.#hub = hub;
    this.#isUrgent = isUrgent;
    this.#isListening = isListening;
  }

  /** @returns a function that stops it */
  start(): () => void {
    // Swallowed: the next round asks again; a database that is away is reported by the listener and by whoever publishes.
    const look = () => this.#look(this.#due()).catch(() => {});
    return repeat(look, () => this.#core.limits.pollMs);
  }

  #due(): Set<string> {
    const names = this.#hub.names();
    if (!this.#isListening()) return new Set(names);
    const { sweepStreamsPerSecond, pollMs } = this.#core.limits;
    const budget = Math.max(1, Math.floor((sweepStreamsPerSecond * pollMs) / 1_000));
    if (this.#next >= names.length) this.#next = 0;
    const due = names.slice(this.#next, this.#next + budget);
    this.#next += budget;
    if (performance.now() - this.#urgentAtMs < URGENT_MS - pollMs / 2) return new Set(due);
    this.#urgentAtMs = performance.now();
    return new Set([...due, ...names.filter(this.#isUrgent)]);
  }

  async #look(due: ReadonlySet<string>): Promise<void> {
    const { pool, count } = this.#core;
    const streams = [...due];
    while (streams.length > 0) {
      const some = streams.splice(0, MAX_STREAMS_PER_QUERY);
      const before = new Map(some.map((stream) => [stream, this.#hub.headOf(stream)]));
      count.swept += some.length;
      const rows = await pool.query<{ stream: string; epoch: string; incarnation: string; head: string }>(HEADS_SQL, [
        JSON.stringify(some),
      ]);
      const moved = rows.filter(({ stream, epoch, incarnation, head }) => {
        // Compared with where the hub was when we asked: a hub that has gone on meanwhile is not behind.
        const at = before.get(stream);
        return at && (at.epoch !== epochOf(epoch, incarnation) || at.seq !== Number(head));
      });
      count.found_by_sweep += moved.length;
      this.#hub.catchUp(moved.map(({ stream }) => stream));
    }
  }
}
