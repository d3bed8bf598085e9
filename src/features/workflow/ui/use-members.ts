"use client";
import { type RouterOutputs, trpc } from "#client/trpc.ts";
import { workflowPermissions } from "../permissions.ts";

export type Member = RouterOutputs["workflow"]["members"]["members"][number];
export type Invitation = RouterOutputs["workflow"]["members"]["invitations"][number];

/** Who is in a workflow, kept up to date while it is shown. */
export function useMembers(workflowId: string) {
  const me = trpc.account.me.useQuery();
  const members = trpc.workflow.members.useQuery({ workflowId }, { staleTime: 0 });
  const look = () => void members.refetch();
  // Its events hold no addresses, so they only say that it is time to look again.
  trpc.workflow.onChange.useSubscription({ workflowId }, { onStarted: look, onData: look, onError: look });
  const userId = me.data?.userId ?? null;
  const role = members.data?.members.find((member) => member.userId === userId)?.role ?? null;
  return {
    userId,
    people: members.data,
    /** Whether the reader may change who is in it. */
    manage: role !== null && workflowPermissions[role].manage,
    error: members.error,
    retry: look,
  };
}
