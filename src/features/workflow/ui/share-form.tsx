"use client";
import { type FormEvent, useId, useState } from "react";
import { type CallError, errorCode, errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { inputClass } from "#ui/input.tsx";
import { Select } from "#ui/select.tsx";
import { EMAIL_MAX } from "../lengths.ts";
import type { WorkflowRole } from "../permissions.ts";
import { roleOptions, roleWords } from "./role-words.ts";

/** Adds somebody by their address, and says whether they are in it now or will be. */
export function ShareForm({ workflowId }: { workflowId: string }) {
  const id = useId();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<WorkflowRole>("viewer");
  const [result, setResult] = useState<{ ok: boolean; text: string } | null>(null);
  const utils = trpc.useUtils();
  const share = trpc.workflow.share.useMutation({
    onSuccess: ({ status }, sent) => {
      setEmail("");
      setResult({ ok: true, text: outcome(status, sent.email, sent.role) });
      void utils.workflow.members.invalidate({ workflowId });
    },
    onError: (error, sent) => {
      setResult({ ok: false, text: whyNot(error, sent.email) });
      // Who is a member already may not be in the list that is shown.
      void utils.workflow.members.invalidate({ workflowId });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const address = email.trim();
    if (address === "" || !event.currentTarget.checkValidity()) setResult({ ok: false, text: NO_ADDRESS });
    // Who is in it has a role, which is not to be changed by the one that happens to be chosen here.
    else share.mutate({ workflowId, email: address, role, onlyNew: true });
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-1.5 border-b border-line px-4 py-3">
      <label htmlFor={id} className="text-xs font-medium">
        Share with
      </label>
      <div className="flex gap-2 max-sm:flex-wrap">
        <input
          id={id}
          type="email"
          autoComplete="off"
          placeholder="name@example.com"
          maxLength={EMAIL_MAX}
          value={email}
          onChange={(event) => {
            setEmail(event.target.value);
            setResult(null);
          }}
          aria-invalid={result?.ok === false || undefined}
          aria-describedby={`${id}-result`}
          className={`${inputClass} sm:flex-1`}
        />
        <Select label="Role" options={roleOptions} value={role} onValueChange={setRole} className="w-24" />
        <Button type="submit" look="ink" busy={share.isPending}>
          Share
        </Button>
      </div>
      <p id={`${id}-result`} role="status" className={`min-h-4 text-xs ${result?.ok === false ? "text-failed" : "text-muted"}`}>
        {result?.text}
      </p>
    </form>
  );
}

const NO_ADDRESS = "This is no e-mail address.";

function outcome(status: "shared" | "invited", email: string, role: WorkflowRole): string {
  const as = roleWords[role].toLowerCase();
  return status === "shared"
    ? `Shared with ${email} as ${as}.`
    : `Invited: nobody has confirmed ${email} here yet. Once somebody does, they have it as ${as}.`;
}

function whyNot(error: CallError, email: string): string {
  if (errorCode(error) === "CONFLICT") return `${error.message} Change the role below.`;
  return errorCode(error) === "BAD_REQUEST" ? NO_ADDRESS : `${email}: ${errorText(error)}`;
}
