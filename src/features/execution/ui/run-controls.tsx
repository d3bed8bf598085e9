"use client";
import { Play, Square } from "lucide-react";
import { toast } from "sonner";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { useCommands } from "#ui/command-registry.tsx";

export interface RunControlsProps {
  workflowId: string;
  /** The run that can be cancelled; null when none is under way. */
  openExecutionId: string | null;
  /** A viewer may watch, but neither start nor stop. */
  readOnly: boolean;
  onStarted: (executionId: string) => void;
}

/** Run, or, while a run is under way, Cancel. */
export function RunControls({ workflowId, openExecutionId, readOnly, onStarted }: RunControlsProps) {
  const start = trpc.execution.start.useMutation({
    onSuccess: ({ executionId }) => onStarted(executionId),
    onError: (error) => toast(`The run was not started: ${error.message}`, { id: "run-start", action: { label: "Try again", onClick: () => run() } }),
  });
  const cancel = trpc.execution.cancel.useMutation({
    onError: (error) => toast(`The run goes on: ${error.message}`, { id: "run-cancel", action: { label: "Try again", onClick: () => stop() } }),
  });
  const run = () => start.mutate({ workflowId });
  const stop = () => {
    if (openExecutionId) cancel.mutate({ executionId: openExecutionId });
  };
  // The order to cancel was taken; until the run has ended there is nothing more to order.
  const stopping = cancel.isPending || (cancel.isSuccess && cancel.variables.executionId === openExecutionId);
  useCommands(
    readOnly
      ? []
      : openExecutionId
        ? [{ id: "cancel-run", title: "Cancel the run", group: "Run", icon: Square, key: "x", run: stop }]
        : [{ id: "start-run", title: "Run the workflow", group: "Run", icon: Play, key: "r", run }],
  );
  if (readOnly) return <span className="text-xs text-muted max-sm:hidden">View only</span>;
  return openExecutionId ? (
    <Button look="danger" busy={stopping} onClick={stop}>
      <Square />
      {stopping ? "Cancelling" : "Cancel"}
    </Button>
  ) : (
    <Button look="ink" busy={start.isPending} onClick={run}>
      <Play />
      Run
    </Button>
  );
}
