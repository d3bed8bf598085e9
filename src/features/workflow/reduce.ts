/** What a page shows of a workflow, and how each event changes it. Pure and browser-safe. */
import type { Graph } from "#nodes/graph.ts";
import type { EventOf } from "#realtime/topic.ts";
import type { workflowTopic } from "./events.ts";

export const workflowRoles = ["owner", "editor", "viewer"] as const;
export type WorkflowRole = (typeof workflowRoles)[number];

export interface WorkflowView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly graph: Graph;
  /** What the reader may do; a change of it ends the subscription's guard check, not an event. */
  readonly role: WorkflowRole;
  readonly updatedAt: Date;
}

export type WorkflowEvent = EventOf<typeof workflowTopic>;

export function reduceWorkflow(view: WorkflowView, event: WorkflowEvent): WorkflowView {
  switch (event.type) {
    case "workflowCreated":
    case "workflowRenamed":
      return { ...view, name: event.data.name, updatedAt: event.at };
  }
}
