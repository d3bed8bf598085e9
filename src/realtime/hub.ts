/**
 * One per process: knows how far each watched stream has been handed out, and hands on what comes after, once (HUB1).
 *
 * Whatever the source (own commit, NOTIFY from elsewhere, sweep), only the next event in order is taken; anything else makes the
 * hub read the log from where it stands. So a lost, doubled or early hint can change when something arrives, never what (BUS1).
 * A short tail of recent events serves those who join or come back while nothing much has happened, without a read.
 */
import type { Core } from "./core.ts";
import type { Hint } from "./doorbell.ts";
import { continues, type Position } from "./position.ts";
import type { Reader } from "./read.ts";
import type { Subscriber } from "./subscriber.ts";
import { Loop } from "./timing.ts";
import type { ResyncReason } from "./topic.ts";
import type { LoggedEvent } from "./wire.ts";

const TAIL_EVENTS = 256;
const TAIL_CHARS = 64 * 1024;

interface WatchedStream {
  readonly subscribers: Set<Subscriber>;
  /** Reads on from `at` until the head. */
  readonly reading: Loop;
  /** Where the hub has come to; null until the first read of anybody tells where the stream is. */
  at: Position | null;
  /** The last event that was hinted at while `at` was not known. */
  hinted: number;
  tail: LoggedEvent[];
  tailChars: number;
}

export class Hub {
  readonly #core: Core;
  readonly #reader: Reader;
  readonly #streams = new Map<string, WatchedStream>();

  constructor(core: Core, reader: Reader) {
    this.#core = core;
    this.#reader = reader;
  }

  names(): string[] {
    return [...this.#streams.keys()];
  }

  subscribers(): Subscriber[] {
    return [...this.#streams.values()].flatMap((watched) => [...watched.subscribers]);
  }

  join(subscriber: Subscriber): void {
    const watched = this.#streams.get(subscriber.stream) ?? this.#watch(subscriber.stream);
    watched.subscribers.add(subscriber);
  }

  leave(subscriber: Subscriber): void {
    const watched = this.#streams.get(subscriber.stream);
    watched?.subscribers.delete(subscriber);
    if (watched?.subscribers.size === 0) this.#streams.delete(subscriber.stream);
  }

  headOf(stream: string): Position | null {
    return this.#streams.get(stream)?.at ?? null;
  }

  /**
   * What was handed out after `at`, if the tail reaches back that far: whoever takes it is live from this turn on.
   * @param confirmed whether `at` is known to exist; if not, one beyond the hub's place must be checked against the log
   */
  tailAfter(stream: string, at: Position, confirmed: boolean): { epoch: string; events: readonly LoggedEvent[] } | null {
    const watched = this.#streams.get(stream);
    if (!watched?.at || !continues(at, watched.at.epoch)) return null;
    const { epoch, seq } = watched.at;
    const behind = seq - at.seq;
    if (behind > watched.tail.length || (behind < 0 && !confirmed)) return null;
    return { epoch, events: behind > 0 ? watched.tail.slice(-behind) : [] };
  }

  /** Somebody's read saw the stream's head there. The first to know opens the stream; later ones may reveal a lost hint. */
  learn(stream: string, head: Position): void {
    const watched = this.#streams.get(stream);
    if (!watched) return;
    watched.at ??= head;
    if (!continues(watched.at, head.epoch) || watched.at.seq < Math.max(head.seq, watched.hinted)) watched.reading.start();
    watched.hinted = 0;
  }

  /** A committed piece of a stream, from this process or another. */
  accept(hint: Hint): void {
    const watched = this.#streams.get(hint.stream);
    if (!watched?.at) {
      if (watched) watched.hinted = Math.max(watched.hinted, hint.last);
      return;
    }
    const next = watched.at.seq + 1;
    const goesOn = continues(watched.at, hint.epoch);
    if (goesOn && hint.last < next) return;
    if (goesOn && hint.events && hint.first <= next) {
      this.#core.count.inline++;
      this.#deliver(watched, hint.epoch, hint.events.slice(next - hint.first));
    } else watched.reading.start();
  }

  /** Reads on from where the hub stands; all streams after a time in which hints may have been lost. */
  catchUp(streams: Iterable<string> = this.#streams.keys()): void {
    for (const name of streams) {
      const watched = this.#streams.get(name);
      if (watched?.at) watched.reading.start();
    }
  }

  #watch(name: string): WatchedStream {
    const reading = new Loop(() => this.#readOn(name, watched));
    const watched: WatchedStream = { subscribers: new Set(), reading, at: null, hinted: 0, tail: [], tailChars: 0 };
    this.#streams.set(name, watched);
    return watched;
  }

  async #readOn(name: string, watched: WatchedStream): Promise<void> {
    try {
      while (watched.at && watched.subscribers.size > 0) {
        const page = await this.#reader.read(name, watched.at);
        const { epoch, seq } = watched.at;
        if (page.resync === null) {
          const later = page.events.filter((event) => event.seq > seq);
          this.#deliver(watched, page.epoch, later);
          if (watched.at.seq >= page.head) return;
        } else {
          // What was handed out meanwhile may have gone beyond this answer; then it is about a past that no longer matters.
          if (page.resync !== "ahead" && epoch === page.epoch && seq > page.head) return;
          this.#jump(watched, page.resync, { epoch: page.epoch, seq: page.head });
        }
      }
    } catch (error) {
      // Not again at once: what cannot be read now cannot be read a moment later. Nobody is left when the engine has closed.
      if (watched.subscribers.size > 0) this.#core.log.error(`Could not read ${name}; the sweep will try again.`, { error });
    }
  }

  #jump(watched: WatchedStream, reason: ResyncReason, to: Position): void {
    watched.at = to;
    watched.tail = [];
    watched.tailChars = 0;
    for (const subscriber of watched.subscribers) subscriber.resync(reason, to);
  }

  #deliver(watched: WatchedStream, epoch: string, events: readonly LoggedEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    watched.at = { epoch, seq: last.seq };
    this.#remember(watched, events);
    for (const subscriber of watched.subscribers) subscriber.offer(epoch, events);
    this.#core.count.delivered += events.length * watched.subscribers.size;
  }

  #remember(watched: WatchedStream, events: readonly LoggedEvent[]): void {
    watched.tail.push(...events);
    for (const event of events) watched.tailChars += event.size;
    let drop = 0;
    for (; watched.tail.length - drop > TAIL_EVENTS || watched.tailChars > TAIL_CHARS; drop++) {
      watched.tailChars -= watched.tail[drop]?.size ?? watched.tailChars;
    }
    watched.tail.splice(0, drop);
  }
}
