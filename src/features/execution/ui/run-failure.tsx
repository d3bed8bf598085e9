import { CircleX } from "lucide-react";
import type { ReactNode } from "react";
import type { ExecutionView } from "../reduce.ts";

/** Why a run failed, what is left of it, and what can be done. Nothing for a run that did not. */
export function RunFailure({ view, action }: { view: ExecutionView; action: ReactNode }) {
  if (view.status !== "error") return null;
  const kept = view.order.filter((nodeId) => view.nodes[nodeId]?.status === "success").length;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md border border-failed bg-failed-soft px-3 py-2">
      <CircleX aria-hidden strokeWidth={1.5} className="size-4 shrink-0 text-failed" />
      <p className="min-w-0 flex-1 basis-64 break-words">
        {view.error?.message ?? "The run failed."}{" "}
        <span className="text-muted">
          {kept === 0 ? "No node had finished before." : `What ${kept === 1 ? "one node" : `${kept} nodes`} gave out before is kept below.`}
        </span>
      </p>
      {action}
    </div>
  );
}
