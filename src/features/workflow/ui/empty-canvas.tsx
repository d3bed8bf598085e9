"use client";
import { Workflow } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { workflowExamples } from "../examples.ts";
import { NewWorkflowDialog } from "./new-workflow-dialog.tsx";

/** Over the canvas of a workflow without nodes. `editable`: the reader could do something about it. */
export function EmptyCanvas({ editable }: { editable: boolean }) {
  const router = useRouter();
  const [making, setMaking] = useState(false);
  return (
    <div className="absolute inset-0 flex items-center justify-center bg-surface">
      <EmptyState
        icon={<Workflow />}
        title="This workflow has no nodes yet"
        action={editable ? <Button onClick={() => setMaking(true)}>Begin from an example or a file</Button> : null}
      >
        Without nodes there is nothing to {editable ? "run" : "watch"}.
      </EmptyState>
      <NewWorkflowDialog
        open={making}
        onOpenChange={setMaking}
        from={workflowExamples[0]?.key ?? "empty"}
        onCreated={(workflowId) => router.push(`/workflows/${workflowId}`)}
      />
    </div>
  );
}
