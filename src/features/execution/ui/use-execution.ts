"use client";
import { isSignedOut } from "#client/error-code.ts";
import { useApi } from "#client/trpc.ts";
import { useLive } from "#client/use-live.ts";
import type { Graph } from "#nodes/graph.ts";
import { executionTopic } from "../events.ts";
import { type ExecutionEvent, type ExecutionView, reduceExecution } from "../reduce.ts";

export interface LiveExecution {
  /** Undefined while loading, and once it may not be shown any longer. */
  readonly view: ExecutionView | undefined;
  /** The graph as it was when the run was started. */
  readonly graph: Graph | undefined;
  /** Why it cannot be shown. */
  readonly error: Error | null;
  readonly retry: () => void;
}

interface Shown {
  readonly view: ExecutionView;
  readonly graph: Graph;
}

/** One run, live. Null: none to show, which stays loading. */
export function useExecution(executionId: string | null): LiveExecution {
  const api = useApi();
  const { view, status, error, retry } = useLive({
    key: executionId ?? "",
    topic: executionTopic,
    snapshot: async () => {
      if (executionId === null) return new Promise<never>(() => {});
      const { position, ...shown } = await api.execution.get.query({ executionId });
      return { view: shown, position };
    },
    subscribe: (lastEventId, on) => api.execution.onProgress.subscribe({ executionId: executionId ?? "", lastEventId }, on),
    reduce: reduceShown,
  });
  const refused = status === "error" && error !== null && !isSignedOut(error) ? error : null;
  return { view: refused ? undefined : view?.view, graph: refused ? undefined : view?.graph, error: refused, retry };
}

function reduceShown(shown: Shown, event: ExecutionEvent): Shown {
  return { ...shown, view: reduceExecution(shown.view, event) };
}
