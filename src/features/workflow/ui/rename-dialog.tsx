"use client";
import { type FormEvent, useState } from "react";
import { errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { useDraft } from "#client/use-unsent-work.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Field } from "#ui/input.tsx";
import { WORKFLOW_NAME_MAX } from "../lengths.ts";
import type { WorkflowView } from "../reduce.ts";

interface RenameDialogProps {
  workflow: Pick<WorkflowView, "id" | "name">;
  open: boolean;
  onClose: () => void;
}

/** Another name for a workflow, where there is no room to write it in place. */
export function RenameDialog({ workflow, open, onClose }: RenameDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={`Rename ${workflow.name}`}
      className="w-[min(420px,calc(100vw-32px))]"
    >
      <RenameForm workflow={workflow} onClose={onClose} />
    </Dialog>
  );
}

/** Inside, so that each opening begins with the name of that moment. */
function RenameForm({ workflow: { id, name: current }, onClose }: Omit<RenameDialogProps, "open">) {
  const [name, setName] = useState(current);
  const rename = trpc.workflow.rename.useMutation({ onSuccess: onClose });
  useDraft("The workflow's name", name === current ? null : name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === current) onClose();
    else rename.mutate({ workflowId: id, name: wanted });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4 p-4">
      <Field
        label="Name"
        required
        autoFocus
        autoComplete="off"
        maxLength={WORKFLOW_NAME_MAX}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onFocus={(event) => event.target.select()}
        error={rename.error ? `It is still called ${current}: ${errorText(rename.error)}` : undefined}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep the name</Button>
        <Button type="submit" look="ink" busy={rename.isPending} disabled={name.trim() === ""}>
          Rename
        </Button>
      </div>
    </form>
  );
}
