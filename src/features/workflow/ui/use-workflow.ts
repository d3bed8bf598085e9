"use client";
import { isSignedOut } from "#client/error-code.ts";
import { useApi } from "#client/trpc.ts";
import { useLive } from "#client/use-live.ts";
import { workflowTopic } from "../events.ts";
import { reduceWorkflow } from "../reduce.ts";

/**
 * One workflow, live. `error` is why it cannot be shown, and then there is no `workflow` either: whoever lost access
 * sees nothing more of it.
 */
export function useWorkflow(workflowId: string) {
  const api = useApi();
  const { view, status, error, lastEvent, retry } = useLive({
    key: workflowId,
    topic: workflowTopic,
    snapshot: () => api.workflow.get.query({ workflowId }),
    subscribe: (lastEventId, on) => api.workflow.onChange.subscribe({ workflowId, lastEventId }, on),
    reduce: reduceWorkflow,
  });
  const refused = status === "error" && error !== null && !isSignedOut(error) ? error : null;
  return { workflow: refused ? undefined : view, error: refused, lastEvent: lastEvent?.event ?? null, retry };
}
