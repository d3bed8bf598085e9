/** What later features may do when a workflow goes, or somebody is no longer in it. */
import type { RealtimeTransaction } from "#realtime/index.ts";
import { defineHook } from "#server/hooks.ts";

/**
 * In the transaction in which these users cease to be members, because the workflow is removed or is taken away from them; as its last,
 * so what is locked here is locked after everything else. An account that is deleted leaves its workflows without it.
 */
export const membersLeft = defineHook<(tx: RealtimeTransaction, left: MembersLeft) => Promise<void>>("membersLeft");

export interface MembersLeft {
  readonly workflowId: string;
  readonly userIds: readonly string[];
}

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
