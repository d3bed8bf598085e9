"use client";
import { useApi } from "#client/trpc.ts";
import { useLive } from "#client/use-live.ts";
import { workflowTopic } from "../events.ts";
import { reduceWorkflow } from "../reduce.ts";

/** One workflow, live. `error` is why it cannot be shown, when trying again by itself would not help. */
export function useWorkflow(workflowId: string) {
  const api = useApi();
  const { view, status, error, retry } = useLive({
    key: workflowId,
    topic: workflowTopic,
    snapshot: () => api.workflow.get.query({ workflowId }),
    subscribe: (lastEventId, on) => api.workflow.onChange.subscribe({ workflowId, lastEventId }, on),
    reduce: reduceWorkflow,
  });
  return { workflow: view, error: status === "error" ? error : null, retry };
}
