"use client";
import { useEffect, useRef } from "react";
import { toast } from "sonner";
import { type WorkflowRole, workflowPermissions } from "../permissions.ts";
import type { WorkflowEvent, WorkflowView } from "../reduce.ts";
import { roleWords } from "./role-words.ts";

/** Says what others did to the workflow that one would not see otherwise: another role, a switch that could not be turned on. */
export function useWorkflowNotices(workflow: WorkflowView | undefined, lastEvent: WorkflowEvent | null): void {
  const role = workflow?.role;
  const before = useRef(role);
  useEffect(() => {
    if (before.current !== undefined && role !== undefined && before.current !== role) {
      toast(`You are ${withArticle(role)} here now: ${mayDo(role)}`, { id: "role" });
    }
    before.current = role;
  }, [role]);
  useEffect(() => {
    if (lastEvent?.type === "workflowActivationFailed") sayNotActive(lastEvent.data.reason);
  }, [lastEvent]);
}

/** The page that tried and those that watched say it once. */
export function sayNotActive(reason: string): void {
  toast(`It stays off. ${reason}`, { id: "activation" });
}

const withArticle = (role: WorkflowRole) => `${role === "viewer" ? "a" : "an"} ${roleWords[role].toLowerCase()}`;

function mayDo(role: WorkflowRole): string {
  const { manage, edit } = workflowPermissions[role];
  if (manage) return "you can also share it and remove it.";
  return edit ? "you can run and rename it." : "you can watch, but not run or rename it.";
}
