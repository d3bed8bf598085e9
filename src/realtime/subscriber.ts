/**
 * One reader of one stream: catches up from the log, then goes live, without a gap and without a repeat (HUB2, SUB1, SUB2).
 *
 *   behind --(the hub's tail reaches back to us, or a page reached the hub's head)--> live
 *   live   --(buffer full: the reader is slower than the writer)--> behind
 *   either --(its reader stops, its signal aborts, the engine closes, the log cannot be read)--> ended
 *
 * Attaching comes before reading, never after, and the step to live happens in one turn of the event loop: between "nothing more
 * to read" and "live from here" no event can be handed out. A slow reader costs at most its buffer: it is dropped back to
 * behind, keeps its place, and reads the log at its own speed (SUB3). Throwing it out instead would lose nothing either, but it
 * would come back at once and ask for the same pages. One that is never read attaches to nothing, so nothing can leak.
 */
import type { Core } from "./core.ts";
import type { Hub } from "./hub.ts";
import { formatPosition, type Position } from "./position.ts";
import type { From } from "./read.ts";
import type { LiveEventOf, Resync, ResyncReason, Topic } from "./topic.ts";
import { LoggedEvent } from "./wire.ts";

export interface Delivery<T extends Topic> {
  /** Hand it back as `after` to go on behind this event. */
  readonly position: string;
  readonly event: LiveEventOf<T>;
}

/**
 * The stream's events, typed and parsed. It ends only when its reader stops, its signal aborts, the engine closes or the log cannot be
 * read; a finished thing says so with an event. An event type that this process does not know (a newer one published it during a deploy) is passed
 * over: the next one's position covers it.
 */
export type LiveStream<T extends Topic> = AsyncIterableIterator<Delivery<T>, undefined>;

export interface SubscriberOptions {
  readonly topic: Topic;
  readonly stream: string;
  readonly after: From;
  readonly signal?: AbortSignal | undefined;
  readonly onUnknown: (type: string) => void;
}

export class Subscriber {
  readonly #core: Core;
  readonly #hub: Hub;
  readonly #options: SubscriberOptions;
  #state: "behind" | "live" | "ended" = "behind";
  /** Of the last entry in the buffer, or of the last one taken out when it is empty. */
  #at: From;
  /** Whether the log has confirmed that `#at` exists; a position that a client brought may lie beyond its end. */
  #confirmed = false;
  #buffer: { position: string; event: LoggedEvent | Resync }[] = [];
  #bufferChars = 0;
  #wake: () => void = () => {};
  #error: unknown = null;

  constructor(core: Core, hub: Hub, options: SubscriberOptions) {
    this.#core = core;
    this.#hub = hub;
    this.#options = options;
    this.#at = options.after;
  }

  get stream(): string {
    return this.#options.stream;
  }

  /** Call it once. Nothing happens before the first `next`. */
  read(): LiveStream<Topic> {
    const events = this.#events();
    const finish = events.return.bind(events);
    // A generator's own `return` waits for the `next` that is under way, and that one for an event which may never come.
    events.return = (value) => {
      this.end(null);
      return finish(value);
    };
    return events;
  }

  /** @param error what the reader is told; null: it ends quietly */
  end(error: unknown): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#error = error;
    this.#buffer = [];
    this.#hub.leave(this);
    this.#wake();
  }

  /** Called by the hub, with events in order and contiguous. */
  offer(epoch: string, events: readonly LoggedEvent[]): void {
    if (this.#state !== "live" || this.#at === null || this.#at === "now") return;
    for (const event of events) {
      if (event.seq <= this.#at.seq) continue;
      if (this.#isFull(event.size)) {
        this.#fallBehind();
        break;
      }
      this.#push(epoch, event);
    }
    this.#wake();
  }

  /** Called by the hub when the stream is no longer the one that was read so far. */
  resync(reason: ResyncReason, to: Position): void {
    if (this.#state === "live" && !this.#isFull(0)) this.#pushResync(reason, to);
    else {
      // It finds out by its own read, which it must not go without: a log that was cut short would look like one it is ahead of.
      this.#confirmed = false;
      if (this.#state === "live") this.#fallBehind();
    }
    this.#wake();
  }

  async *#events(): AsyncGenerator<Delivery<Topic>, undefined> {
    const { topic, signal, onUnknown } = this.#options;
    const abort = () => this.end(null);
    try {
      if (signal?.aborted) return;
      signal?.addEventListener("abort", abort, { once: true });
      this.#hub.join(this);
      while (this.#state !== "ended") {
        const entry = this.#buffer.shift();
        if (!entry) await (this.#state === "live" ? this.#woken() : this.#catchUp());
        else if (entry.event instanceof LoggedEvent) {
          this.#bufferChars -= entry.event.size;
          // It was validated against this topic's schemas when it was published.
          const isKnown = Object.hasOwn(topic.events, entry.event.type);
          if (isKnown) yield { position: entry.position, event: entry.event.value as LiveEventOf<Topic> };
          else onUnknown(entry.event.type);
        } else yield { position: entry.position, event: entry.event };
      }
      if (this.#error) throw this.#error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.end(null);
    }
  }

  async #catchUp(): Promise<void> {
    if (this.#at === "now") this.#at = this.#hub.headOf(this.stream) ?? "now";
    const at = this.#at;
    const tail = at && at !== "now" ? this.#hub.tailAfter(this.stream, at, this.#confirmed) : null;
    if (tail) {
      for (const event of tail.events) this.#push(tail.epoch, event);
      this.#state = "live";
      return;
    }
    // A read cannot be cancelled, because others may share it; on abort it is left alone.
    const page = await Promise.race([this.#hub.read(this.stream, at), this.#woken()]);
    if (!page || this.#state === "ended") return;
    this.#confirmed = true;
    const { head, resync, events } = page;
    if (resync !== null) return this.#pushResync(resync, head);
    this.#at = at === "now" ? head : { epoch: head.epoch, seq: at?.seq ?? 0 };
    for (const event of events) this.#push(head.epoch, event);
  }

  #isFull(more: number): boolean {
    const { bufferEvents, bufferChars } = this.#core.limits;
    return this.#buffer.length > 0 && (this.#buffer.length >= bufferEvents || this.#bufferChars + more > bufferChars);
  }

  #fallBehind(): void {
    this.#state = "behind";
    this.#core.count.slow_readers++;
  }

  #push(epoch: string, event: LoggedEvent): void {
    this.#at = { epoch, seq: event.seq };
    this.#bufferChars += event.size;
    this.#buffer.push({ position: formatPosition(this.#at), event });
  }

  #pushResync(reason: ResyncReason, to: Position): void {
    this.#core.count.resyncs++;
    const position = formatPosition(to);
    this.#at = to;
    this.#buffer.push({ position, event: { type: "resync", at: new Date(), data: { reason, position } } });
  }

  /** Resolves when there may be something to do; only one call waits at a time. */
  #woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}
