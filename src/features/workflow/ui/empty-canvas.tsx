import { Workflow } from "lucide-react";
import { EmptyState } from "#ui/empty-state.tsx";
import { WayBack } from "#ui/way-back.tsx";

/** Over the canvas of a workflow without nodes. */
export function EmptyCanvas() {
  return (
    <div className="absolute inset-0 flex items-center justify-center bg-surface">
      <EmptyState
        icon={<Workflow />}
        title="This workflow has no nodes yet"
        action={<WayBack href="/workflows" label="Begin from an example or a file" />}
      >
        Without nodes there is nothing to run.
      </EmptyState>
    </div>
  );
}
