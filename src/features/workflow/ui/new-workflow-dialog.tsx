"use client";
import { type FormEvent, useState } from "react";
import { errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Field } from "#ui/input.tsx";
import { Tabs } from "#ui/tabs.tsx";
import { workflowExamples } from "../examples.ts";
import { WORKFLOW_NAME_MAX } from "../lengths.ts";
import { ImportForm } from "./import-form.tsx";

export interface NewWorkflowDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onCreated: (workflowId: string) => void;
  /** What is chosen at first. @default "empty" */
  from?: Beginning;
}

type Beginning = (typeof beginnings)[number]["key"];
type WaysProps = Required<Pick<NewWorkflowDialogProps, "onCreated" | "from">>;

/** The ways to a workflow of one's own: empty, a copy of an example, or from a file. */
export function NewWorkflowDialog({ open, onOpenChange, onCreated, from = "empty" }: NewWorkflowDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="New workflow">
      <Ways onCreated={onCreated} from={from} />
    </Dialog>
  );
}

/** Only while the dialog is open, so that each time begins anew. */
function Ways({ onCreated, from }: WaysProps) {
  const [tab, setTab] = useState<"new" | "import">("new");
  return (
    <Tabs
      label="How to begin"
      value={tab}
      onValueChange={setTab}
      items={[
        { id: "new", label: "Empty or example", content: <CreateForm onCreated={onCreated} from={from} /> },
        { id: "import", label: "Import JSON", content: <ImportForm onCreated={onCreated} /> },
      ]}
    />
  );
}

const beginnings = [
  { key: "empty" as const, title: "Empty", name: "New workflow", description: "No nodes yet." },
  ...workflowExamples.map(({ key, name, description }) => ({ key, title: name, name, description })),
];

function CreateForm({ onCreated, from: fromAtFirst }: WaysProps) {
  const [from, setFrom] = useState(fromAtFirst);
  // Null: not typed yet, so it is called what it begins as.
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const create = trpc.workflow.create.useMutation({
    onSuccess: ({ workflowId }) => onCreated(workflowId),
    onError: (error) => setProblem(`It was not made. ${errorText(error)}`),
  });
  const name = typed ?? beginnings.find(({ key }) => key === from)?.name ?? "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === "") setProblem("Give it a name.");
    else create.mutate({ name: name.trim(), from });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4 p-4">
      <Field
        label="Name"
        autoFocus
        autoComplete="off"
        maxLength={WORKFLOW_NAME_MAX}
        value={name}
        error={problem}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setTyped(event.target.value);
          setProblem(null);
        }}
      />
      <fieldset className="flex flex-col">
        <legend className="mb-1.5 text-xs font-medium">Begin with</legend>
        <div className="flex flex-col overflow-hidden rounded-md border border-line">
          {beginnings.map(({ key, title, description }) => (
            <label
              key={key}
              className="flex items-start gap-3 border-b border-line px-3 py-2 last:border-b-0 hover:bg-hover has-checked:bg-active has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus"
            >
              <input
                type="radio"
                name="from"
                value={key}
                checked={from === key}
                onChange={() => setFrom(key)}
                className="mt-0.75 accent-ink outline-none"
              />
              <span className="min-w-0">
                <span className="block font-medium">{title}</span>
                <span className="block text-xs text-muted">{description}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="flex justify-end">
        <Button type="submit" look="ink" busy={create.isPending}>
          Make it
        </Button>
      </div>
    </form>
  );
}
