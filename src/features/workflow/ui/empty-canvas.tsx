import { Workflow } from "lucide-react";
import { EmptyState } from "#ui/empty-state.tsx";
import { WayBack } from "#ui/way-back.tsx";

/** Over the canvas of a workflow without nodes. `editable`: the reader could do something about it. */
export function EmptyCanvas({ editable }: { editable: boolean }) {
  return (
    <div className="absolute inset-0 flex items-center justify-center bg-surface">
      <EmptyState
        icon={<Workflow />}
        title="This workflow has no nodes yet"
        action={editable ? <WayBack href="/workflows" label="Begin from an example or a file" /> : null}
      >
        {editable ? "Without nodes there is nothing to run." : "There is something to watch once an editor has added them."}
      </EmptyState>
    </div>
  );
}
