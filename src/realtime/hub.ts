/**
 * One per process: knows how far each watched stream has been handed out, and hands on what comes after, once (HUB1).
 *
 * Whatever the source (own commit, NOTIFY from elsewhere, sweep), only the next event in order is taken; anything else makes the
 * hub read the log from where it stands. So a lost, doubled or early hint can change when something arrives, never what (BUS1).
 * A short tail of recent events serves those who join or come back while nothing much has happened, without a read.
 */
import type { Hint } from "./doorbell.ts";
import { continues, type Position } from "./position.ts";
import type { Reader } from "./read.ts";
import type { Subscriber } from "./subscriber.ts";
import type { ResyncReason } from "./topic.ts";
import type { LoggedEvent } from "./wire.ts";

const TAIL_EVENTS = 256;
const TAIL_CHARS = 128 * 1024;

interface WatchedStream {
  readonly name: string;
  readonly subscribers: Set<Subscriber>;
  /** Where the hub has come to; null until the first read of anybody tells where the stream is. */
  at: Position | null;
  /** Known to exist, perhaps not yet read. */
  wanted: number;
  reading: boolean;
  tail: LoggedEvent[];
  tailChars: number;
}

export class Hub {
  readonly #reader: Reader;
  readonly #streams = new Map<string, WatchedStream>();
  readonly #onReadFailure: (stream: string, error: unknown) => void;
  readonly counters = { delivered: 0, inline: 0, slowReaders: 0, resyncs: 0 };

  constructor(reader: Reader, onReadFailure: (stream: string, error: unknown) => void) {
    this.#reader = reader;
    this.#onReadFailure = onReadFailure;
  }

  get streams(): number {
    return this.#streams.size;
  }

  names(): string[] {
    return [...this.#streams.keys()];
  }

  join(subscriber: Subscriber): void {
    let watched = this.#streams.get(subscriber.stream);
    if (!watched) {
      watched = { name: subscriber.stream, subscribers: new Set(), at: null, wanted: 0, reading: false, tail: [], tailChars: 0 };
      this.#streams.set(subscriber.stream, watched);
    }
    watched.subscribers.add(subscriber);
  }

  leave(subscriber: Subscriber): void {
    const watched = this.#streams.get(subscriber.stream);
    watched?.subscribers.delete(subscriber);
    if (watched?.subscribers.size === 0) this.#streams.delete(subscriber.stream);
  }

  subscribers(): Subscriber[] {
    return [...this.#streams.values()].flatMap((watched) => [...watched.subscribers]);
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
    const behind = watched.at.seq - at.seq;
    if (behind < 0) return confirmed ? { epoch: watched.at.epoch, events: [] } : null;
    if (behind > watched.tail.length) return null;
    return { epoch: watched.at.epoch, events: behind === 0 ? [] : watched.tail.slice(-behind) };
  }

  /** Somebody's read saw the stream's head there. The first to know opens the stream; later ones may reveal a lost hint. */
  learn(stream: string, head: Position): void {
    const watched = this.#streams.get(stream);
    if (!watched) return;
    watched.at ??= head;
    const sameEpoch = continues(watched.at, head.epoch);
    if (sameEpoch) watched.wanted = Math.max(watched.wanted, head.seq);
    if (!sameEpoch || watched.at.seq < watched.wanted) this.#read(watched);
  }

  /** A committed piece of a stream, from this process or another. */
  accept(hint: Hint): void {
    const watched = this.#streams.get(hint.stream);
    if (!watched) return;
    if (!watched.at) {
      watched.wanted = Math.max(watched.wanted, hint.last);
      return;
    }
    const sameEpoch = continues(watched.at, hint.epoch);
    if (sameEpoch && hint.last <= watched.at.seq) return;
    if (sameEpoch && hint.events && hint.first <= watched.at.seq + 1) {
      this.counters.inline++;
      this.#deliver(watched, hint.epoch, hint.events.slice(watched.at.seq + 1 - hint.first));
      return;
    }
    watched.wanted = Math.max(watched.wanted, hint.last);
    this.#read(watched);
  }

  /** Reads on from where the hub stands; `null`: all streams, after a time in which hints may have been lost. */
  catchUp(streams: Iterable<string> | null): void {
    for (const name of streams ?? this.#streams.keys()) {
      const watched = this.#streams.get(name);
      if (watched?.at) this.#read(watched);
    }
  }

  #read(watched: WatchedStream): void {
    if (watched.reading) return;
    watched.reading = true;
    this.#readOn(watched)
      .catch((error: unknown) => this.#onReadFailure(watched.name, error))
      .finally(() => {
        watched.reading = false;
        if (watched.at && watched.at.seq < watched.wanted && this.#streams.get(watched.name) === watched) this.#read(watched);
      });
  }

  async #readOn(watched: WatchedStream): Promise<void> {
    const { wanted } = watched;
    const page = await this.#reader.read(watched.name, watched.at);
    if (page.resync !== null) {
      const to = { epoch: page.epoch, seq: page.head };
      // What was handed out meanwhile may have gone beyond this answer; then it is about a past that no longer matters.
      if (watched.at && watched.at.epoch === page.epoch && watched.at.seq > page.head && page.resync !== "ahead") return;
      this.#jump(watched, page.resync, to);
      return;
    }
    // Unless a hint came meanwhile, the log's word replaces what was hoped for: a wrong hint must not be chased for ever.
    watched.wanted = watched.wanted === wanted ? page.head : Math.max(watched.wanted, page.head);
    const at = watched.at?.seq ?? 0;
    this.#deliver(
      watched,
      page.epoch,
      page.events.filter((event) => event.seq > at),
    );
  }

  #deliver(watched: WatchedStream, epoch: string, events: readonly LoggedEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    watched.at = { epoch, seq: last.seq };
    this.#remember(watched, events);
    for (const subscriber of watched.subscribers) subscriber.offer(epoch, events);
    this.counters.delivered += events.length * watched.subscribers.size;
  }

  #remember(watched: WatchedStream, events: readonly LoggedEvent[]): void {
    watched.tail.push(...events);
    for (const event of events) watched.tailChars += event.size;
    let drop = Math.max(0, watched.tail.length - TAIL_EVENTS);
    let chars = watched.tail.slice(0, drop).reduce((sum, event) => sum + event.size, 0);
    while (watched.tailChars - chars > TAIL_CHARS && drop < watched.tail.length) chars += watched.tail[drop++]?.size ?? 0;
    watched.tail.splice(0, drop);
    watched.tailChars -= chars;
  }

  #jump(watched: WatchedStream, reason: ResyncReason, to: Position): void {
    watched.at = to;
    watched.wanted = to.seq;
    watched.tail = [];
    watched.tailChars = 0;
    for (const subscriber of watched.subscribers) subscriber.resync(reason, to);
  }
}
