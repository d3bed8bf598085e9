/**
 * One reader of one stream: catches up from the log, then goes live, without a gap and without a repeat (HUB2, SUB1, SUB2).
 *
 *   behind --(the hub's tail reaches back to us, or a page reached the hub's head)--> live
 *   live   --(buffer full: the reader is slower than the writer)--> behind
 *
 * Attaching comes before reading, never after, and the step to live happens in one turn of the event loop: between "nothing more
 * to read" and "live from here" no event can be handed out. A slow reader costs at most its buffer: it is dropped back to
 * behind, keeps its place, and reads the log at its own speed (SUB3). Throwing it out instead would lose nothing either, but it
 * would come back at once and ask for the same pages.
 */
import type { RealtimeError } from "./errors.ts";
import type { Hub } from "./hub.ts";
import { formatPosition, type Position } from "./position.ts";
import type { Reader } from "./read.ts";
import type { Resync, ResyncReason } from "./topic.ts";
import type { LoggedEvent } from "./wire.ts";

export interface SubscriberLimits {
  readonly bufferEvents: number;
  readonly bufferChars: number;
}

/** An event with its place, or the word that the place is lost. */
export type Entry = { readonly position: string } & (
  | { readonly event: LoggedEvent; readonly resync: null }
  | { readonly event: null; readonly resync: Resync }
);

export interface SubscriberOptions {
  readonly stream: string;
  /** Null: from the stream's first event. "now": only what happens from here on. */
  readonly after: Position | null | "now";
  readonly limits: SubscriberLimits;
  readonly signal?: AbortSignal | undefined;
}

export class Subscriber {
  readonly stream: string;
  readonly #hub: Hub;
  readonly #reader: Reader;
  readonly #limits: SubscriberLimits;
  readonly #signal: AbortSignal | undefined;
  #state: "behind" | "live" | "ended" = "behind";
  /** Of the last entry in the buffer, or of the last one taken out when it is empty. */
  #at: Position | null | "now";
  /** Whether the log has confirmed that `#at` exists; a position that a client brought may lie beyond its end. */
  #confirmed = false;
  #buffer: Entry[] = [];
  #bufferChars = 0;
  #wake: (() => void) | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #error: unknown = null;

  constructor(hub: Hub, reader: Reader, options: SubscriberOptions) {
    this.stream = options.stream;
    this.#hub = hub;
    this.#reader = reader;
    this.#limits = options.limits;
    this.#at = options.after;
    this.#signal = options.signal;
    if (this.#signal?.aborted) {
      this.#state = "ended";
      return;
    }
    this.#signal?.addEventListener("abort", this.end, { once: true });
    hub.join(this);
  }

  /** The next entry, or null when the subscription has ended. Calls may overlap; they are answered in order. */
  next(): Promise<Entry | null> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Ends quietly; an arrow, because it is also the abort listener. */
  readonly end = (): void => this.#end(null);

  fail(error: RealtimeError): void {
    this.#end(error);
  }

  /** Called by the hub, with events in order and contiguous. */
  offer(epoch: string, events: readonly LoggedEvent[]): void {
    if (this.#state !== "live" || this.#at === null || this.#at === "now") return;
    for (const event of events) {
      if (event.seq <= this.#at.seq) continue;
      if (this.#buffer.length >= this.#limits.bufferEvents || this.#bufferChars + event.size > this.#limits.bufferChars) {
        if (this.#buffer.length > 0) {
          this.#state = "behind";
          this.#hub.counters.slowReaders++;
          break;
        }
      }
      this.#push(epoch, event);
    }
    this.#wake?.();
  }

  /** Called by the hub when the stream is no longer the one that was read so far. */
  resync(reason: ResyncReason, to: Position): void {
    if (this.#state !== "live") return; // one that is behind finds out by its own read
    this.#pushResync(reason, to);
    this.#wake?.();
  }

  async #next(): Promise<Entry | null> {
    for (;;) {
      const entry = this.#buffer.shift();
      if (entry) {
        this.#bufferChars -= entry.event?.size ?? 0;
        return entry;
      }
      if (this.#error) throw this.#error;
      if (this.#state === "ended") return null;
      if (this.#state === "live") await this.#woken();
      else await this.#catchUp().catch((error: unknown) => this.#end(error));
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
    const page = await Promise.race([this.#reader.read(this.stream, at), this.#woken()]);
    if (!page || this.#state === "ended") return;
    this.#wake = null;
    this.#confirmed = true;
    const head = { epoch: page.epoch, seq: page.head };
    this.#hub.learn(this.stream, head);
    if (page.resync !== null) return this.#pushResync(page.resync, head);
    this.#at = { epoch: page.epoch, seq: at === "now" ? page.head : (at?.seq ?? 0) };
    for (const event of page.events) this.#push(page.epoch, event);
  }

  #push(epoch: string, event: LoggedEvent): void {
    this.#at = { epoch, seq: event.seq };
    this.#bufferChars += event.size;
    this.#buffer.push({ position: event.positionIn(epoch), event, resync: null });
  }

  #pushResync(reason: ResyncReason, to: Position): void {
    this.#hub.counters.resyncs++;
    const position = formatPosition(to);
    this.#at = to;
    this.#buffer.push({ position, event: null, resync: { type: "resync", at: new Date(), data: { reason, position } } });
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }

  #end(error: unknown): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#error = error;
    this.#buffer = [];
    this.#signal?.removeEventListener("abort", this.end);
    this.#hub.leave(this);
    this.#wake?.();
  }
}
