import type { WorkflowView } from "../reduce.ts";

/** What the workflow is for, over an empty corner of its canvas. */
export function WorkflowCaption({ workflow }: { workflow: Pick<WorkflowView, "description"> }) {
  return <p className="pointer-events-none absolute left-4 top-3 max-w-96 text-xs text-muted max-lg:hidden">{workflow.description}</p>;
}
