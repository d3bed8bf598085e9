import { X } from "lucide-react";
import type { ExecutionView } from "#features/execution/reduce.ts";
import { NodeResult } from "#features/execution/ui/node-result.tsx";
import type { WorkflowView } from "#features/workflow/reduce.ts";
import { NodeParameters } from "#features/workflow/ui/node-parameters.tsx";
import { WorkflowAbout } from "#features/workflow/ui/workflow-about.tsx";
import { Button } from "#ui/button.tsx";

export interface WorkflowInspectorProps {
  workflow: WorkflowView;
  nodeId: string | null;
  run: ExecutionView | undefined;
  onClose: () => void;
}

/** The chosen node: what it is set to do, and what it did in the shown run. Without one, the workflow. */
export function WorkflowInspector({ workflow, nodeId, run, onClose }: WorkflowInspectorProps) {
  const node = workflow.graph.nodes.find(({ id }) => id === nodeId);
  return (
    <aside aria-label="Inspector" className="relative h-full overflow-y-auto p-4 scroll-quiet">
      {node ? (
        <div className="flex flex-col gap-4">
          <Button
            look="quiet"
            size="iconSmall"
            aria-label="Close the inspector"
            onClick={onClose}
            className="absolute right-2 top-3 max-lg:hidden"
          >
            <X />
          </Button>
          <NodeParameters node={node} />
          {run ? (
            <section className="flex flex-col gap-2 border-t border-line pt-4">
              <h3 className="text-xs text-muted">In this run</h3>
              <NodeResult view={run} nodeId={node.id} />
            </section>
          ) : null}
        </div>
      ) : (
        <WorkflowAbout workflow={workflow} />
      )}
    </aside>
  );
}
