"use client";
import { useEffect, useRef } from "react";
import { useConnectionStore } from "#client/connection.ts";
import { accessReason, isMissing } from "#client/error-code.ts";
import { useWorkflowList } from "./use-workflow-list.ts";

export interface ReturnWhenAddedProps {
  /** Why the page shows nothing. */
  error: Error;
  /** Without it, where nothing tells which workflow it would be, any that is added counts. */
  workflowId?: string;
}

/**
 * Beside the words that there is nothing to see for somebody: has everything that was refused on the page asked again as soon as
 * they are a member. It reads a list of its own, which is asked for after the refusal: what that list holds was added since.
 */
export function ReturnWhenAdded({ error, workflowId }: ReturnWhenAddedProps) {
  const reason = accessReason(error);
  // Anything else is no matter of membership: asked again it would be refused again, at once and for ever.
  return reason === "removed" || (reason === null && isMissing(error)) ? <Watch workflowId={workflowId} /> : null;
}

function Watch({ workflowId }: { workflowId: string | undefined }) {
  const { items } = useWorkflowList();
  const { noticeAccess } = useConnectionStore();
  const atFirst = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (!items) return;
    const ids = items.map(({ id }) => id);
    atFirst.current ??= new Set(workflowId === undefined ? ids : []);
    const before = atFirst.current;
    if (ids.some((id) => !before.has(id) && (workflowId === undefined || id === workflowId))) {
      atFirst.current = new Set(ids);
      noticeAccess();
    }
  }, [items, workflowId, noticeAccess]);
  return null;
}
