/** The typed API in components: `trpc.counter.get.useQuery(…)`, `trpc.counter.onChange.useSubscription(…)`. */
import { createTRPCReact } from "@trpc/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "../router.ts";

export const trpc = createTRPCReact<AppRouter>();

/** What a procedure gives: `RouterOutputs["counter"]["get"]`. */
export type RouterOutputs = inferRouterOutputs<AppRouter>;

/** The same API as plain functions: `api.counter.get.query(…)`, `api.counter.onChange.subscribe(…)`; for `useLive`. */
export function useApi() {
  return trpc.useUtils().client;
}
