/**
 * What `subscribe` gives: the stream's events, typed and parsed, as an async iterable.
 *
 * It ends only when its reader stops, its signal aborts or the engine closes; a finished thing says so with an event. An event
 * type that this process does not know (a newer one published it during a deploy) is passed over: the next one's position
 * covers it.
 */
import type { Subscriber } from "./subscriber.ts";
import type { LiveEventOf, Topic } from "./topic.ts";

export interface Delivery<T extends Topic> {
  /** Hand it back as `after` to go on behind this event. */
  readonly position: string;
  readonly event: LiveEventOf<T>;
}

export class LiveStream<T extends Topic> implements AsyncIterableIterator<Delivery<T>> {
  readonly #topic: T;
  readonly #subscriber: Subscriber;
  readonly #onUnknown: (type: string) => void;

  constructor(topic: T, subscriber: Subscriber, onUnknown: (type: string) => void) {
    this.#topic = topic;
    this.#subscriber = subscriber;
    this.#onUnknown = onUnknown;
  }

  async next(): Promise<IteratorResult<Delivery<T>, undefined>> {
    for (;;) {
      const entry = await this.#subscriber.next();
      if (!entry) return { done: true, value: undefined };
      if (entry.resync) return { done: false, value: { position: entry.position, event: entry.resync } };
      if (!Object.hasOwn(this.#topic.events, entry.event.type)) {
        this.#onUnknown(entry.event.type);
        continue;
      }
      // It was validated against this topic's schemas when it was published.
      const event = entry.event.value as LiveEventOf<T>;
      return { done: false, value: { position: entry.position, event } };
    }
  }

  async return(): Promise<IteratorResult<Delivery<T>, undefined>> {
    this.#subscriber.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
