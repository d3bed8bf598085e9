"use client";
import { toast } from "sonner";
import { errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import type { WorkflowView } from "../reduce.ts";
import { RenameDialog } from "./rename-dialog.tsx";
import { ShareDialog } from "./share-dialog.tsx";

export type WorkflowDialog = "share" | "rename" | "remove" | "leave";

export interface WorkflowDialogsProps {
  workflow: Pick<WorkflowView, "id" | "name">;
  /** Null: none. */
  open: WorkflowDialog | null;
  onOpenChange: (open: WorkflowDialog | null) => void;
  /** It was removed or left, by the reader. */
  onGone?: () => void;
}

/** What a workflow's menu opens. */
export function WorkflowDialogs({ workflow, open, onOpenChange, onGone }: WorkflowDialogsProps) {
  const close = () => onOpenChange(null);
  const gone = (text: string) => {
    close();
    toast(text, { id: "workflow-gone" });
    onGone?.();
  };
  return (
    <>
      <ShareDialog
        workflow={workflow}
        open={open === "share"}
        onOpenChange={(next) => onOpenChange(next ? "share" : null)}
        onLeave={() => onOpenChange("leave")}
      />
      <RenameDialog workflow={workflow} open={open === "rename"} onClose={close} />
      <RemoveDialog workflow={workflow} open={open === "remove"} onClose={close} onDone={() => gone(`${workflow.name} was removed.`)} />
      <LeaveDialog workflow={workflow} open={open === "leave"} onClose={close} onDone={() => gone(`You left ${workflow.name}.`)} />
    </>
  );
}

interface QuestionProps {
  workflow: Pick<WorkflowView, "id" | "name">;
  open: boolean;
  onClose: () => void;
  onDone: () => void;
}

function RemoveDialog({ workflow: { id, name }, open, onClose, onDone }: QuestionProps) {
  const remove = trpc.workflow.remove.useMutation({ onSuccess: onDone });
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => {
        remove.reset();
        if (!next) onClose();
      }}
      title={`Remove ${name}?`}
      action="Remove the workflow"
      busy={remove.isPending}
      error={remove.error ? `It was not removed. ${errorText(remove.error)}` : null}
      onConfirm={() => remove.mutate({ workflowId: id })}
    >
      Its graph, all its runs with their logs and results, and everybody's access go with it. A run under way is cancelled. This cannot be
      undone; an export keeps the graph.
    </ConfirmDialog>
  );
}

function LeaveDialog({ workflow: { id, name }, open, onClose, onDone }: QuestionProps) {
  const me = trpc.account.me.useQuery(undefined, { enabled: open });
  const leave = trpc.workflow.unshare.useMutation({ onSuccess: onDone });
  const userId = me.data?.userId;
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={(next) => {
        leave.reset();
        if (!next) onClose();
      }}
      title={`Leave ${name}?`}
      action="Leave the workflow"
      keep="Stay"
      busy={leave.isPending || userId === undefined}
      error={leave.error ? `You are still a member. ${errorText(leave.error)}` : null}
      onConfirm={() => {
        if (userId !== undefined) leave.mutate({ workflowId: id, userId });
      }}
    >
      You will no longer see it or its runs. It stays as it is for everyone else, and an owner can add you again.
    </ConfirmDialog>
  );
}
