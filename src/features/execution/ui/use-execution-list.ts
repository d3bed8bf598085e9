"use client";
import { isSignedOut } from "#client/error-code.ts";
import { useApi } from "#client/trpc.ts";
import { useLive } from "#client/use-live.ts";
import type { ExecutionSummary } from "../events.ts";
import { executionListTopic } from "../events.ts";
import { reduceExecutionList } from "../reduce.ts";

/** A workflow's latest runs, the newest first, live. */
export function useExecutionList(workflowId: string) {
  const api = useApi();
  const { view, status, error, retry } = useLive({
    key: workflowId,
    topic: executionListTopic,
    snapshot: async () => {
      const { items, position } = await api.execution.list.query({ workflowId });
      return { view: items as readonly ExecutionSummary[], position }; // events make new lists of it, never changes
    },
    subscribe: (lastEventId, on) => api.execution.onList.subscribe({ workflowId, lastEventId }, on),
    reduce: (items, event) => reduceExecutionList(items, event),
  });
  const refused = status === "error" && error !== null && !isSignedOut(error);
  return { runs: refused ? undefined : view, failed: refused, retry };
}
