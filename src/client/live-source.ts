/** What a live view is made of, for the store that keeps it true and for whoever feeds or shows it. */
import type { LiveEventOf, Topic } from "#realtime/topic.ts";

export type StreamEvent<T extends Topic> = Exclude<LiveEventOf<T>, { type: "resync" }>;

/** An event as a page keeps it. */
export interface Received<T extends Topic> {
  readonly position: string;
  readonly event: StreamEvent<T>;
  /** When it arrived here, by this machine's clock; `event.at` is when it happened, by the server's. */
  readonly receivedAt: number;
}

/** `error`: nobody but a person can mend it, or there has been nothing to show for a while, and it is tried on. */
export type LiveStatus = "idle" | "loading" | "catchingUp" | "live" | "error";

export interface LiveState<T extends Topic, View> {
  /** Undefined until the first snapshot; kept through every later trouble. */
  readonly view: View | undefined;
  /** The last position folded into `view`. */
  readonly position: string | null;
  readonly status: LiveStatus;
  /** Why it stopped, or while it is trying again, what went wrong last; null when all is well. */
  readonly error: Error | null;
  readonly lastEvent: Received<T> | null;
  /** The newest events, oldest first; at most `keepEvents`. */
  readonly events: readonly Received<T>[];
  /** How often the state was fetched anew because events could not bridge a gap. */
  readonly resyncs: number;
}

export interface LiveHandlers<T extends Topic> {
  onStarted(): void;
  onData(message: { readonly id: string; readonly data: LiveEventOf<T> }): void;
  onError(error: Error): void;
  onComplete(): void;
  /** `connecting`: the socket is away; what is missed meanwhile is replayed. */
  onConnectionStateChange(change: { readonly state: "idle" | "connecting" | "pending" }): void;
}

export interface LiveSource<T extends Topic, View> {
  readonly topic: T;
  /** Fetches the state and the position it belongs to. */
  snapshot(): Promise<{ readonly view: View; readonly position: string }>;
  /** Subscribes to what comes after `lastEventId`. */
  subscribe(lastEventId: string, handlers: LiveHandlers<T>): { unsubscribe(): void };
  reduce(view: View, event: StreamEvent<T>): View;
  /** True for errors that trying again cannot mend. */
  isFinal(error: Error): boolean;
  /** A newer server sent an event that this page does not know. */
  onUnknownEvent?: ((type: string) => void) | undefined;
  /** `reduce` threw: a bug of the page's. The view is fetched anew, which holds what the event changed. */
  onBrokenReducer?: ((error: unknown) => void) | undefined;
}

export interface LiveTimers {
  /** Runs `flush` soon, once: per animation frame in a browser. Returns how to cancel. */
  frame(flush: () => void): () => void;
  delay(run: () => void, ms: number): () => void;
  now(): number;
}
