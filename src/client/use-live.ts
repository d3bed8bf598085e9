"use client";
/**
 * A live view in a component:
 *
 *     const api = useApi();
 *     const counter = useLive({
 *       key: counterId,
 *       topic: counterTopic,
 *       snapshot: () => api.counter.get.query({ counterId }),                                   // { view, position }
 *       subscribe: (lastEventId, on) => api.counter.onChange.subscribe({ counterId, lastEventId }, on),
 *       reduce: reduceCounter,
 *     });
 *     counter.view      // undefined until loaded, then always the newest, also while disconnected
 *     counter.status    // "idle" | "loading" | "catchingUp" | "live" | "error"
 *
 * The snapshot comes first, then the events after its position, folded by `reduce` in one React update per frame. After a lost
 * connection it goes on from its position; after a `resync` it fetches the snapshot again. Its rules are in live-store.ts.
 */
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Topic } from "#realtime/topic.ts";
import { useConnectionStore } from "./connection.ts";
import { errorCode } from "./error-code.ts";
import type { LiveSource, LiveState, LiveTimers } from "./live-source.ts";
import { LiveStore } from "./live-store.ts";

export interface UseLiveOptions<T extends Topic, View> extends Pick<LiveSource<T, View>, "topic" | "snapshot" | "subscribe" | "reduce"> {
  /** Names what is shown. Another key begins anew; the functions may change at every render. */
  readonly key: string;
  /** How many of the newest events `events` holds; read once per key. @default 200 */
  readonly keepEvents?: number;
}

export interface Live<T extends Topic, View> extends LiveState<T, View> {
  /** Fetches everything again: what the button beside an error does. */
  readonly retry: () => void;
}

/** Shows a stream's state and keeps it true. Needs a `<ClientProvider>` around it. */
export function useLive<T extends Topic, View>(options: UseLiveOptions<T, View>): Live<T, View> {
  const connection = useConnectionStore();
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });

  const { key, topic, keepEvents } = options;
  const store = useMemo(() => {
    void key; // the store belongs to it
    const source: LiveSource<T, View> = {
      topic,
      snapshot: () => latest.current.snapshot(),
      subscribe: (lastEventId, handlers) => latest.current.subscribe(lastEventId, handlers),
      reduce: (view, event) => latest.current.reduce(view, event),
      isFinal,
      onUnknownEvent: () => connection.noticeUpdate(),
      // As if nobody had caught it: on the console, and to whatever gathers a page's errors.
      onBrokenReducer: (error) => reportError(error),
    };
    return new LiveStore(source, browserTimers, keepEvents === undefined ? {} : { keepEvents });
  }, [key, topic, keepEvents, connection]);

  useEffect(() => {
    store.start();
    // Signed in again: what was refused in between goes on from its place.
    const stopListening = connection.onResume(store.resume);
    const close = connection.views.add({ isBehind: () => store.getState().status === "catchingUp", refresh: store.refresh });
    return () => {
      stopListening();
      close();
      store.stop();
    };
  }, [store, connection]);

  const state = useSyncExternalStore(store.listen, store.getState, store.getState);
  return useMemo(() => ({ ...state, retry: store.retry }), [state, store]);
}

/** Refusals that only a person can mend. Everything else (the network, a restart) is tried again. */
const FINAL_CODES = new Set(["UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "BAD_REQUEST", "METHOD_NOT_SUPPORTED"]);

function isFinal(error: Error): boolean {
  return FINAL_CODES.has(errorCode(error) ?? "");
}

/** Hidden tabs get no animation frames; their views still move, a little later. */
const HIDDEN_FRAME_MS = 100;

const browserTimers: LiveTimers = {
  frame(flush) {
    const cancel = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
    const once = () => {
      cancel();
      flush();
    };
    const frame = requestAnimationFrame(once);
    const timer = setTimeout(once, HIDDEN_FRAME_MS);
    return cancel;
  },
  delay(run, ms) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  now: () => Date.now(),
};
