"use client";
import { isSignedOut } from "#client/error-code.ts";
import type { Received } from "#client/live-source.ts";
import { useApi } from "#client/trpc.ts";
import { useLive } from "#client/use-live.ts";
import { executionTopic } from "../events.ts";

/** As many of a run's newest events as are kept on the page. */
export const KEPT_EVENTS = 1_000;

/** The bare events of one run, from its first, each once and in order: no snapshot, since the stream is replayed from its beginning. */
export function useExecutionEvents(executionId: string): {
  readonly events: readonly Received<typeof executionTopic>[];
  readonly status: "loading" | "catchingUp" | "live";
  readonly error: Error | null;
  readonly retry: () => void;
} {
  const api = useApi();
  const { events, status, error, retry } = useLive({
    key: executionId,
    topic: executionTopic,
    snapshot: async () => ({ view: null, position: BEFORE_THE_FIRST }),
    subscribe: (after, on) =>
      api.execution.onProgress.subscribe({ executionId, lastEventId: after === BEFORE_THE_FIRST ? null : after }, on),
    reduce: () => null,
    keepEvents: KEPT_EVENTS,
  });
  return {
    // A stream that had to be begun anew is replayed from its beginning.
    events: [...new Map(events.map((received) => [received.position, received])).values()],
    status: status === "live" || status === "catchingUp" ? status : "loading",
    error: status === "error" && error !== null && !isSignedOut(error) ? error : null,
    retry,
  };
}

/** Comes before every position and is in order with none, so nothing is taken for seen. */
const BEFORE_THE_FIRST = "";
