"use client";
import { Mail, X } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { Avatar } from "#ui/avatar.tsx";
import { Button } from "#ui/button.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { Select } from "#ui/select.tsx";
import { ACTION_TOAST_MS } from "#ui/toaster.tsx";
import type { WorkflowRole } from "../permissions.ts";
import { roleOptions, roleWords } from "./role-words.ts";
import type { Invitation, Member } from "./use-members.ts";

const rowClass = "flex min-h-12 items-center gap-3 py-1.5";

export interface MemberRowProps {
  workflowId: string;
  member: Member;
  self: boolean;
  /** The reader is an owner. */
  manage: boolean;
}

export function MemberRow({ workflowId, member: { userId, name, color, role, email }, self, manage }: MemberRowProps) {
  const share = useShare(workflowId, name);
  const [givenUpFor, setGivenUpFor] = useState<WorkflowRole | null>(null);
  const utils = trpc.useUtils();
  const remove = trpc.workflow.unshare.useMutation({
    onSuccess: () => {
      void utils.workflow.members.invalidate({ workflowId });
      toast(`${name} was removed, and sees nothing more of it.`, {
        id: `remove-${userId}`,
        duration: ACTION_TOAST_MS,
        ...(email !== undefined && { action: { label: "Undo", onClick: () => share.mutate({ workflowId, email, role }) } }),
      });
    },
    onError: (error) => void toast(`${name} is still a member: ${errorText(error)}`, { id: `remove-${userId}` }),
  });
  return (
    <li className={rowClass}>
      <Avatar name={name} color={color} />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">
          {name}
          {self ? <span className="font-normal text-muted"> (you)</span> : null}
        </p>
        {email ? <p className="truncate text-xs text-muted">{email}</p> : null}
      </div>
      {manage && email !== undefined ? (
        <Select
          label={`Role of ${name}`}
          options={roleOptions}
          value={role}
          disabled={share.isPending}
          onValueChange={(next) => {
            if (self) setGivenUpFor(next);
            else share.mutate({ workflowId, email, role: next });
          }}
          className="w-24"
        />
      ) : (
        <span className="text-muted">{roleWords[role]}</span>
      )}
      {manage && !self ? (
        <Button
          look="quiet"
          size="icon"
          aria-label={`Remove ${name}`}
          busy={remove.isPending}
          onClick={() => remove.mutate({ workflowId, userId })}
        >
          <X />
        </Button>
      ) : manage ? (
        // As wide as the others' button, so that the roles stand in one column.
        <span aria-hidden className="size-8 shrink-0 pointer-coarse:size-10" />
      ) : null}
      <ConfirmDialog
        open={givenUpFor !== null}
        onOpenChange={(open) => !open && setGivenUpFor(null)}
        title="Give up being an owner?"
        action="Give it up"
        keep="Stay an owner"
        busy={share.isPending}
        error={null}
        onConfirm={() => {
          if (givenUpFor && email !== undefined)
            share.mutate({ workflowId, email, role: givenUpFor }, { onSettled: () => setGivenUpFor(null) });
        }}
      >
        {givenUpFor === "editor" ? "You will be an editor here: you can run and rename it" : "You will be a viewer here: you can watch"},
        but no longer share it, change roles or remove it. You cannot take that back; only another owner can make you one again.
      </ConfirmDialog>
    </li>
  );
}

/** Somebody who was asked and is not here yet; owners see it. */
export function InvitationRow({ workflowId, invitation: { email, role, createdAt } }: { workflowId: string; invitation: Invitation }) {
  const share = useShare(workflowId, email);
  const utils = trpc.useUtils();
  const takeBack = trpc.workflow.uninvite.useMutation({
    onSuccess: () => {
      void utils.workflow.members.invalidate({ workflowId });
      toast(`The invitation of ${email} was taken back.`, {
        id: `uninvite-${email}`,
        duration: ACTION_TOAST_MS,
        action: { label: "Undo", onClick: () => share.mutate({ workflowId, email, role }) },
      });
    },
    onError: (error) => void toast(`${email} is still invited: ${errorText(error)}`, { id: `uninvite-${email}` }),
  });
  return (
    <li className={rowClass}>
      <span className="flex size-6 shrink-0 items-center justify-center rounded-full border border-dashed border-line-strong text-muted">
        <Mail aria-hidden strokeWidth={1.5} className="size-3.5" />
      </span>
      <div className="min-w-0 flex-1">
        <p className="truncate">{email}</p>
        <p className="text-xs text-muted">
          Invited <RelativeTime at={createdAt} />
        </p>
      </div>
      <Select
        label={`Role of ${email}`}
        options={roleOptions}
        value={role}
        disabled={share.isPending}
        onValueChange={(next) => share.mutate({ workflowId, email, role: next })}
        className="w-24"
      />
      <Button
        look="quiet"
        size="icon"
        aria-label={`Take back the invitation of ${email}`}
        busy={takeBack.isPending}
        onClick={() => takeBack.mutate({ workflowId, email })}
      >
        <X />
      </Button>
    </li>
  );
}

/** Gives a role: another one from the row, or, from a toast that outlives the row, the old one again. */
function useShare(workflowId: string, who: string) {
  const utils = trpc.useUtils();
  const share = trpc.workflow.share.useMutation({
    onSettled: () => utils.workflow.members.invalidate({ workflowId }),
    onError: (error) => void toast(`${who} has the same role as before: ${errorText(error)}`, { id: `role-${who}` }),
  });
  return share;
}
