/** The typed API in components: `trpc.workflow.list.useQuery()`, `trpc.execution.onProgress.useSubscription(…)`. */
import { createTRPCReact } from "@trpc/react-query";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "../router.ts";

export const trpc = createTRPCReact<AppRouter>();

/** What a procedure takes and gives: `RouterOutputs["workflow"]["get"]`. */
export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;

/** The same API as plain functions: `api.execution.get.query(…)`, `api.execution.onProgress.subscribe(…)`; for `useLive`. */
export function useApi() {
  return trpc.useUtils().client;
}
