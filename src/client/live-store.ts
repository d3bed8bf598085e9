/**
 * A view that stays true: a snapshot, then every event after it, folded in order, each exactly once.
 *
 *   loading     --snapshot--> catchingUp  --started--> live
 *   live        --connection lost--> catchingUp  --started (the server replays what was missed)--> live
 *   live        --resync--> catchingUp, refetching; events are kept aside  --snapshot--> live
 *   live        --the reducer threw--> catchingUp, refetching: the snapshot holds what the event changed
 *   any         --refused (no access, gone)--> error; the last view stays  --resume--> goes on from its position
 *   loading     --no snapshot, three times in a row--> error, and it is tried on  --snapshot--> catchingUp
 *   any         --stop--> idle  --start--> goes on from its position, without a new snapshot
 *
 * A snapshot and the events travel on different roads, so either may be ahead of the other when they meet. The rule: events that
 * the snapshot holds are dropped; if the snapshot is older than the place where the subscription stands, or no order exists
 * between them, the subscription starts again from the snapshot's position. The log has everything, so that loses nothing.
 *
 * Plain and browser-safe: no React, no tRPC, and its timers come from outside.
 */
import type { LiveEventOf, Topic } from "#realtime/topic.ts";
import { comparePositions } from "./live-position.ts";
import type { LiveSource, LiveState, LiveTimers, Received, StreamEvent } from "./live-source.ts";

export interface LiveStoreOptions {
  /** @default 200 */
  readonly keepEvents?: number;
}

/** Events kept aside during one fetch. Beyond it the subscription is left: starting it again after the snapshot costs less memory. */
const MAX_ASIDE = 5_000;
/** After as many failures, some three seconds, a page that has nothing to show says so instead of seeming to load. */
const MAX_SILENT_FAILURES = 2;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 15_000;

interface Queued<T extends Topic> extends Received<T> {
  readonly known: boolean;
}

export class LiveStore<T extends Topic, View> {
  readonly #source: LiveSource<T, View>;
  readonly #timers: LiveTimers;
  readonly #keepEvents: number;
  readonly #listeners = new Set<() => void>();
  #state: LiveState<T, View> = { view: undefined, position: null, status: "idle", error: null, lastEvent: null, events: [], resyncs: 0 };
  /** Where the subscription stands: the last position it delivered or was started from. */
  #head: string | null = null;
  /** Of the last resync: a snapshot must reach at least this far to be continued by what was kept aside. */
  #resumedFrom: string | null = null;
  #connected = false;
  #queue: Queued<T>[] = [];
  #subscription: { unsubscribe(): void } | null = null;
  /** Answers to an earlier start, fetch or subscription are somebody else's by now. */
  #run = 0;
  #fetch = 0;
  #fetching = false;
  #cancelFrame: (() => void) | null = null;
  #cancelRetry: (() => void) | null = null;
  #failures = 0;

  constructor(source: LiveSource<T, View>, timers: LiveTimers, options: LiveStoreOptions = {}) {
    this.#source = source;
    this.#timers = timers;
    this.#keepEvents = options.keepEvents ?? 200;
  }

  readonly getState = (): LiveState<T, View> => this.#state;

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Begins, or goes on where `stop` left off. */
  start(): void {
    if (this.#state.status !== "idle") return;
    this.#failures = 0;
    if (this.#state.position === null) this.#refetch("loading");
    else this.#resubscribe(this.#state.position);
  }

  /** Leaves the stream; the view stays. */
  stop(): void {
    this.#leave();
    this.#set({ status: "idle" });
  }

  /** Fetches the state anew, after an error or because somebody asked. */
  readonly retry = (): void => {
    if (this.#state.status === "idle") return; // somebody has left meanwhile
    this.#leave();
    this.#failures = 0;
    this.#refetch(this.#state.view === undefined ? "loading" : "catchingUp");
  };

  /** Fetches the state anew, where nobody can tell what changed. */
  readonly refresh = (): void => {
    if (this.#state.status !== "idle" && this.#state.status !== "error" && !this.#fetching) this.#refetch("catchingUp");
  };

  /** Goes on after a refusal that is mended (somebody signed in again): from its position, with what it shows. */
  readonly resume = (): void => {
    const { status, position } = this.#state;
    if (status !== "error") return;
    this.#failures = 0;
    if (position === null) {
      this.#refetch("loading");
      return;
    }
    this.#set({ error: null });
    this.#resubscribe(position);
  };

  #leave(): void {
    // What was kept aside lies behind a gap that only the snapshot would have closed.
    if (this.#fetching) this.#queue = [];
    this.#fetching = false;
    this.#fold(); // whatever came of it: coming back goes on after the last event that could be folded
    this.#run++;
    this.#fetch++;
    this.#unsubscribe();
    this.#cancelFrame?.();
    this.#cancelFrame = null;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  #refetch(status: "loading" | "catchingUp"): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    const fetch = ++this.#fetch;
    this.#fetching = true;
    // What is said to be in trouble stays so until there is something to show.
    this.#set({ status: this.#isInTrouble ? "error" : status });
    this.#source.snapshot().then(
      (snapshot) => fetch === this.#fetch && this.#meet(snapshot),
      (error: unknown) => fetch === this.#fetch && this.#failed(error, () => this.#refetch(status)),
    );
  }

  /** A snapshot arrived; a subscription may be under way, with events kept aside. */
  #meet({ view, position }: { readonly view: View; readonly position: string }): void {
    this.#fetching = false;
    this.#failures = 0;
    const order = this.#subscription && this.#resumedFrom !== null ? comparePositions(position, this.#resumedFrom) : null;
    this.#set({ view, position, error: null });
    if (order !== null && order >= 0) {
      this.#foldOrRefetch();
      if (this.#subscription) this.#set({ status: this.#connected ? "live" : "catchingUp" });
    } else {
      this.#queue = [];
      this.#resubscribe(position);
    }
  }

  #resubscribe(position: string): void {
    const run = ++this.#run;
    this.#unsubscribe();
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#head = position;
    this.#resumedFrom = null;
    this.#set({ status: "catchingUp" });
    const mine =
      <Args extends unknown[]>(handle: (...args: Args) => void) =>
      (...args: Args) => {
        if (run === this.#run) handle(...args);
      };
    const subscription = this.#source.subscribe(position, {
      onStarted: mine(() => this.#started()),
      onData: mine(({ id, data }) => this.#receive(id, data)),
      onConnectionStateChange: mine(({ state }) => {
        if (state !== "connecting") return; // an open socket is not yet a started subscription
        this.#connected = false;
        if (!this.#fetching) this.#set({ status: "catchingUp" });
      }),
      onError: mine((error) => this.#lost(error)),
      // Nothing completes a durable subscription; if something does, it is begun again.
      onComplete: mine(() => this.#lost(new Error("The subscription ended."))),
    });
    // It may have ended before `subscribe` returned.
    if (run === this.#run) this.#subscription = subscription;
    else subscription.unsubscribe();
  }

  #started(): void {
    this.#connected = true;
    this.#failures = 0;
    if (!this.#fetching) this.#set({ status: "live", error: null });
  }

  #unsubscribe(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = null;
    this.#connected = false;
  }

  /** The subscription ended by itself. */
  #lost(error: Error): void {
    this.#run++;
    this.#subscription = null;
    this.#connected = false;
    // The snapshot under way will begin another; what was kept aside is replayed then.
    if (this.#fetching && !this.#source.isFinal(error)) this.#queue = [];
    else this.#failed(error, () => this.#head !== null && this.#resubscribe(this.#head));
  }

  #receive(position: string, event: LiveEventOf<T>): void {
    const order = this.#head === null ? null : comparePositions(position, this.#head);
    if (event.type === "resync") {
      this.#head = position;
      this.#resumedFrom = position;
      // Whatever was kept aside lies before the gap; and a fetch that is under way may have read before it.
      this.#queue = [];
      this.#cancelFrame?.();
      this.#cancelFrame = null;
      this.#state = { ...this.#state, resyncs: this.#state.resyncs + 1 };
      this.#refetch("catchingUp");
      return;
    }
    if (order !== null && order <= 0) return; // seen before
    this.#head = position;
    const known = Object.hasOwn(this.#source.topic.events, event.type);
    if (!known) this.#source.onUnknownEvent?.(event.type);
    this.#queue.push({ position, event: event as StreamEvent<T>, receivedAt: this.#timers.now(), known });
    if (!this.#fetching) this.#cancelFrame ??= this.#timers.frame(() => this.#foldOrRefetch());
    else if (this.#queue.length > MAX_ASIDE) {
      this.#run++;
      this.#unsubscribe();
      this.#queue = [];
    }
  }

  #foldOrRefetch(): void {
    const broken = this.#fold();
    if (!broken) return;
    // Nothing that comes after it may be folded onto a view that lacks it.
    this.#run++;
    this.#unsubscribe();
    this.#failed(broken.error, () => this.#refetch("catchingUp"));
  }

  /**
   * Folds what has come since the last frame, in one change of state.
   * @returns what the reducer threw, if it did; the events before that are folded, the others forgotten
   */
  #fold(): { readonly error: unknown } | null {
    this.#cancelFrame?.();
    this.#cancelFrame = null;
    let { view, position } = this.#state;
    if (this.#queue.length === 0 || view === undefined || this.#fetching) return null;
    let broken: { readonly error: unknown } | null = null;
    const fresh: Received<T>[] = [];
    for (const { known, ...received } of this.#queue) {
      const order = position === null ? null : comparePositions(received.position, position);
      if (order !== null && order <= 0) continue; // the snapshot holds it
      try {
        if (known) view = this.#source.reduce(view, received.event);
      } catch (error) {
        broken = { error };
        this.#source.onBrokenReducer?.(error);
        break;
      }
      position = received.position;
      if (known) fresh.push(received);
    }
    this.#queue = [];
    const events = fresh.length > 0 ? [...this.#state.events, ...fresh].slice(-this.#keepEvents) : this.#state.events;
    this.#set({ view, position, events, lastEvent: fresh.at(-1) ?? this.#state.lastEvent });
    return broken;
  }

  #failed(cause: unknown, again: () => void): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (this.#source.isFinal(error)) {
      this.#leave();
      this.#set({ status: "error", error });
      return;
    }
    const waitMs = Math.min(RETRY_FIRST_MS * 2 ** this.#failures++, RETRY_MAX_MS) * (0.5 + Math.random() / 2);
    if (this.#isInTrouble) this.#set({ status: "error", error });
    else this.#set({ status: this.#state.view === undefined ? "loading" : "catchingUp", error });
    this.#cancelRetry?.();
    this.#cancelRetry = this.#timers.delay(() => {
      this.#cancelRetry = null;
      again();
    }, waitMs);
  }

  get #isInTrouble(): boolean {
    return this.#state.view === undefined && this.#failures > MAX_SILENT_FAILURES;
  }

  #set(change: Partial<LiveState<T, View>>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}
