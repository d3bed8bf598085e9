/** What a page shows of a workflow and of the list, and how each event changes it. Pure and browser-safe. */
import type { Graph } from "#nodes/graph.ts";
import type { EventOf } from "#realtime/topic.ts";
import type { WorkflowSummary, workflowListTopic, workflowTopic } from "./events.ts";
import type { WorkflowRole } from "./permissions.ts";

export interface WorkflowView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly active: boolean;
  readonly graph: Graph;
  /** Whose view this is. */
  readonly userId: string;
  /** What that reader may do; see `workflowPermissions`. */
  readonly role: WorkflowRole;
  /** When the workflow itself changed: its name, or whether it is active. */
  readonly updatedAt: Date;
}

export type WorkflowEvent = EventOf<typeof workflowTopic>;

export function reduceWorkflow(view: WorkflowView, event: WorkflowEvent): WorkflowView {
  switch (event.type) {
    case "workflowCreated":
    case "workflowRenamed":
      return { ...view, name: event.data.name, updatedAt: event.at };
    case "workflowActivated":
    case "workflowDeactivated":
      return { ...view, active: event.type === "workflowActivated", updatedAt: event.at };
    case "workflowShared":
      return event.data.userId === view.userId ? { ...view, role: event.data.role } : view;
    // Losing access, to oneself or to all, ends the subscription with the reason; what is shown until then stays as it was.
    case "workflowUnshared":
    case "workflowRemoved":
    case "workflowActivationFailed":
      return view;
  }
}

export type WorkflowListEvent = EventOf<typeof workflowListTopic>;

export function reduceWorkflowList(items: readonly WorkflowSummary[], event: WorkflowListEvent): readonly WorkflowSummary[] {
  const id = event.type === "workflowListed" ? event.data.id : event.data.workflowId;
  const others = items.filter((item) => item.id !== id);
  return event.type === "workflowListed" ? [...others, event.data].sort(byName) : others;
}

/** The order of the list, here and in the snapshot: names as people sort them, the same everywhere. */
export function byName(a: WorkflowSummary, b: WorkflowSummary): number {
  return a.name.localeCompare(b.name, "en") || (a.id < b.id ? -1 : 1);
}
