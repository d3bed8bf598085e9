"use client";
import { useApi } from "#client/trpc.ts";
import { useLive } from "#client/use-live.ts";
import { type WorkflowSummary, workflowListTopic } from "../events.ts";
import { reduceWorkflowList } from "../reduce.ts";

/** The workflows one is a member of, by name, live: what is shared, changed or taken away shows at once. */
export function useWorkflowList() {
  const api = useApi();
  const { view, status, error, retry } = useLive({
    key: "mine",
    topic: workflowListTopic,
    snapshot: async () => {
      const { items, position } = await api.workflow.list.query();
      return { view: items as readonly WorkflowSummary[], position }; // events make new lists of it, never changes
    },
    subscribe: (lastEventId, on) => api.workflow.onList.subscribe({ lastEventId }, on),
    reduce: reduceWorkflowList,
  });
  // It goes on trying by itself; until then there is nothing to show but that.
  return { items: view, error: view === undefined && status === "error" ? error : null, retry };
}
