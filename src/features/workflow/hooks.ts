/** What later features may do when a workflow goes. */
import type { RealtimeTransaction } from "#realtime/index.ts";
import { defineHook } from "#server/hooks.ts";

/** In the transaction that removes the workflow: end what goes on in it. */
export const workflowRemoving = defineHook<(tx: RealtimeTransaction, removal: Removal) => Promise<void>>("workflowRemoving");

export interface Removal {
  readonly workflowId: string;
  readonly byUserId: string | null;
}

/**
 * Later, in a transaction of its own: delete what belongs to the removed workflow, a bounded part of it. Answer whether that was
 * all; while anything is left or still goes on, it is asked again.
 */
export const workflowPurging = defineHook<(tx: RealtimeTransaction, workflowId: string) => Promise<boolean>>("workflowPurging");
