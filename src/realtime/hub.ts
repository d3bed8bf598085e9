/**
 * One per process: knows how far each watched stream has been handed out, and reads and hands on what comes after for all (HUB1).
 *
 * Whatever the source (own commit, NOTIFY from elsewhere, sweep), only what continues its place is taken. What is old is passed over;
 * where something is missing in between, the hub reads the log from where it stands. So a lost, doubled or early hint can change when something arrives, never what (BUS1).
 * A short tail of recent events serves those who join or come back while nothing much has happened, without a read.
 */
import type { Core } from "./core.ts";
import type { Hint } from "./doorbell.ts";
import { continues, type Position } from "./position.ts";
import type { From, LogReader, Page } from "./read.ts";
import type { Subscriber } from "./subscriber.ts";
import { Loop } from "./timing.ts";
import type { ResyncReason } from "./topic.ts";
import type { LoggedEvent } from "./wire.ts";

const TAIL_EVENTS = 256;
const TAIL_CHARS = 64 * 1024;

interface WatchedStream {
  readonly subscribers: Set<Subscriber>;
  /** Finds out where the stream is, then reads on from `at` until its head. */
  readonly reading: Loop;
  /** Where the hub has come to; null until the first read of anybody tells. */
  at: Position | null;
  /** The furthest that a hint has told of before `at` was known. */
  hinted: Position | null;
  tail: LoggedEvent[];
  tailChars: number;
}

export class Hub {
  readonly #core: Core;
  readonly #reader: LogReader;
  readonly #streams = new Map<string, WatchedStream>();
  /** Whether the last read failed, and was reported. */
  #hasFailed = false;

  constructor(core: Core, reader: LogReader) {
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
   * What was handed out after `at`, if the tail reaches back that far: whoever takes it is live from this turn on. Whoever comes from
   * before a stream's birth has to ask the log, as the one whose events we have may be forgotten by now.
   * @param confirmed whether `at` is known to exist; if not, one beyond the hub's place must be checked against the log
   */
  tailAfter(stream: string, at: Position, confirmed: boolean): { epoch: string; events: readonly LoggedEvent[] } | null {
    const watched = this.#streams.get(stream);
    if (watched?.at?.epoch !== at.epoch) return null;
    const { epoch, seq } = watched.at;
    const behind = seq - at.seq;
    if (behind > watched.tail.length || (behind < 0 && !confirmed)) return null;
    return { epoch, events: behind > 0 ? watched.tail.slice(-behind) : [] };
  }

  /** A page for somebody who catches up. If it shows that we stand elsewhere, a hint was lost or is still under way. */
  async read(stream: string, after: From): Promise<Page> {
    const page = await this.#reader.read(stream, after);
    const watched = this.#streams.get(stream);
    if (!watched) return page;
    // While our own first read gets no answer, nobody could go live, and everybody would read over and over.
    watched.at ??= page.head;
    if (isBehind(watched.at, page.head)) watched.reading.start();
    return page;
  }

  /** A committed piece of a stream, from this process or another. */
  accept({ stream, epoch, first, last, events }: Hint): void {
    const watched = this.#streams.get(stream);
    if (!watched) return;
    if (!watched.at) {
      const to = { epoch, seq: last };
      if (!watched.hinted || isBehind(watched.hinted, to)) watched.hinted = to;
      return;
    }
    const next = watched.at.seq + 1;
    // A birth is read: what is told of it may come so late that the stream is forgotten by now, and whoever waits here is waiting for the next.
    const goesOn = watched.at.epoch === epoch;
    if (goesOn && last < next) return;
    if (goesOn && events && first <= next) {
      this.#core.count.inline++;
      this.#deliver(watched, epoch, events.slice(next - first));
    } else watched.reading.start();
  }

  /** Reads on from where the hub stands; all streams after a time in which hints may have been lost. Resolves when none is reading. */
  async catchUp(streams: Iterable<string> = this.#streams.keys()): Promise<void> {
    const reading = Array.from(streams, (name) => this.#streams.get(name)?.reading);
    for (const one of reading) one?.start();
    await Promise.all(reading.map((one) => one?.idle()));
  }

  #watch(name: string): WatchedStream {
    const reading = new Loop(() => this.#readOn(name, watched));
    const watched: WatchedStream = { subscribers: new Set(), reading, at: null, hinted: null, tail: [], tailChars: 0 };
    this.#streams.set(name, watched);
    reading.start();
    return watched;
  }

  async #readOn(name: string, watched: WatchedStream): Promise<void> {
    try {
      for (let goesOn = true; goesOn && watched.subscribers.size > 0; ) {
        const from = watched.at;
        const { head, resync, events } = await this.#reader.read(name, from ?? "now");
        this.#hasFailed = false;
        watched.at ??= head;
        const { at } = watched;
        if (resync !== null) {
          // That something is missing after `from` says nothing about what comes after the place that hints have led to meanwhile: from
          // there it is asked again.
          if (resync === "ahead" || at.epoch !== head.epoch || (at === from && at.seq < head.seq)) this.#jump(watched, resync, head);
        } else if (continues(at, head.epoch)) {
          // Otherwise somebody else's answer has told where the stream is meanwhile, and that is in another life of it than this one's.
          const later = events.filter((event) => event.seq > at.seq);
          watched.at = { epoch: head.epoch, seq: at.seq }; // it may also have been born without an event
          this.#core.count.caught_up += later.length;
          this.#deliver(watched, head.epoch, later);
        }
        goesOn = isBehind(watched.at, head) || isBehind(watched.at, watched.hinted ?? head);
        watched.hinted = null;
      }
    } catch (error) {
      // Not again at once: what cannot be read now cannot be read a moment later. Nobody is left when the engine has closed.
      if (watched.subscribers.size === 0) return;
      // Once, and not for each of thousands of streams, four times a second.
      if (!this.#hasFailed) this.#core.log.error(`Could not read ${name}; the sweep will try again.`, { error });
      this.#hasFailed = true;
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

function isBehind(at: Position, head: Position): boolean {
  return at.epoch !== head.epoch || at.seq < head.seq;
}
