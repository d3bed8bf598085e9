"use client";
import { Play, Square } from "lucide-react";
import { toast } from "sonner";
import { errorCode, errorText, isUnsent } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { useCommands } from "#ui/command-registry.tsx";

export interface RunControlOptions {
  workflowId: string;
  /** The run that can be cancelled; null when none is under way. */
  openExecutionId: string | null;
  /** A viewer may watch, but neither start nor stop. */
  readOnly: boolean;
  /** It has no nodes: the server would refuse. */
  nothingToRun: boolean;
  onStarted: (executionId: string) => void;
}

/** Starting and cancelling runs, as functions and as commands. Once per page. */
export function useRunControls({ workflowId, openExecutionId, readOnly, nothingToRun, onStarted }: RunControlOptions) {
  const start = trpc.execution.start.useMutation({
    onSuccess: ({ executionId }) => onStarted(executionId),
    onError: (error) =>
      void toast(
        isUnsent(error)
          ? "You are offline: the run was not started."
          : errorCode(error) === null
            ? "The server did not answer, so the run may not have started."
            : `The run was not started: ${error.message}`,
        { id: "run-start", action: { label: "Try again", onClick: run } },
      ),
  });
  const cancel = trpc.execution.cancel.useMutation({
    onError: (error) =>
      void toast(isUnsent(error) ? "You are offline: the run was not cancelled." : `The run may go on: ${errorText(error)}`, {
        id: "run-cancel",
        action: { label: "Try again", onClick: stop },
      }),
  });
  function run() {
    start.mutate({ workflowId });
  }
  function stop() {
    if (openExecutionId) cancel.mutate({ executionId: openExecutionId });
  }
  const open = openExecutionId !== null;
  useCommands(
    readOnly
      ? []
      : open
        ? [{ id: "cancel-run", title: "Cancel the run", group: "Run", icon: Square, key: "x", run: stop }]
        : nothingToRun
          ? []
          : [{ id: "start-run", title: "Run the workflow", group: "Run", icon: Play, key: "r", run }],
  );
  return {
    run,
    stop,
    open,
    readOnly,
    nothingToRun,
    starting: start.isPending,
    // Once the order to cancel is taken there is nothing more to order until the run has ended.
    stopping: cancel.isPending || (cancel.isSuccess && cancel.variables.executionId === openExecutionId),
  };
}

export type RunControl = ReturnType<typeof useRunControls>;
