"use client";
import { Pencil } from "lucide-react";
import { type FormEvent, useState } from "react";
import { toast } from "sonner";
import { errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { useDraft } from "#client/use-unsent-work.ts";
import { Button } from "#ui/button.tsx";
import { useCommands } from "#ui/command-registry.tsx";
import { inputClass } from "#ui/input.tsx";
import { WORKFLOW_NAME_MAX } from "../lengths.ts";
import { workflowPermissions } from "../permissions.ts";
import type { WorkflowView } from "../reduce.ts";

/** The workflow's name, renamed in place. Everyone who has it open sees the new one at once. */
export function WorkflowName({ workflow }: { workflow: Pick<WorkflowView, "id" | "name" | "role"> }) {
  const [draft, setDraft] = useState<string | null>(null);
  const rename = trpc.workflow.rename.useMutation({
    onError: (error) => toast(`It is still called ${workflow.name}: ${errorText(error)}`, { id: "rename" }),
    onSuccess: () => setDraft(null),
  });
  useDraft("The workflow's name", draft === workflow.name ? null : draft);
  const editable = workflowPermissions[workflow.role].edit;
  const edit = () => setDraft(workflow.name);
  useCommands(editable ? [{ id: "rename-workflow", title: "Rename the workflow", group: "Workflow", icon: Pencil, run: edit }] : []);

  const save = (event: FormEvent) => {
    event.preventDefault();
    const name = draft?.trim() ?? "";
    if (name === "" || name === workflow.name) setDraft(null);
    else rename.mutate({ workflowId: workflow.id, name });
  };

  if (draft !== null) {
    return (
      <form onSubmit={save} className="min-w-0">
        <input
          aria-label="Name of the workflow"
          data-editing-field="name"
          // biome-ignore lint/a11y/noAutofocus: it appears because one asked to type here
          autoFocus
          maxLength={WORKFLOW_NAME_MAX}
          value={draft}
          disabled={rename.isPending}
          onChange={(event) => setDraft(event.target.value)}
          onFocus={(event) => event.target.select()}
          onBlur={save}
          onKeyDown={(event) => {
            if (event.key === "Escape") setDraft(null);
          }}
          className={`${inputClass} w-72 max-w-full font-medium`}
        />
      </form>
    );
  }
  return (
    <span className="group flex min-w-0 items-center gap-1">
      <h1 className="truncate text-sm font-medium" title={workflow.name}>
        {workflow.name}
      </h1>
      {editable ? (
        <Button
          look="quiet"
          size="iconSmall"
          aria-label="Rename the workflow"
          onClick={edit}
          className="opacity-60 focus-visible:opacity-100 group-hover:opacity-100 max-md:hidden"
        >
          <Pencil />
        </Button>
      ) : null}
    </span>
  );
}
