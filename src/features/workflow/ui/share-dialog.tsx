"use client";
import { Link as LinkIcon, LogOut } from "lucide-react";
import { toast } from "sonner";
import { errorText, isMissing } from "#client/error-code.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { LoadingRegion } from "#ui/loading-region.tsx";
import { Skeleton } from "#ui/skeleton.tsx";
import type { WorkflowView } from "../reduce.ts";
import { InvitationRow, MemberRow } from "./member-row.tsx";
import { ShareForm } from "./share-form.tsx";
import { type Member, useMembers } from "./use-members.ts";

export interface ShareDialogProps {
  workflow: Pick<WorkflowView, "id" | "name">;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onLeave: () => void;
}

/** Who is in a workflow, and for owners, the means to change it. Everyone else sees names and roles, and why that is all. */
export function ShareDialog({ workflow, open, onOpenChange, onLeave }: ShareDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Members of ${workflow.name}`}>
      <Members workflowId={workflow.id} onLeave={onLeave} />
    </Dialog>
  );
}

function Members({ workflowId, onLeave }: { workflowId: string; onLeave: () => void }) {
  const { userId, people, manage, error, retry } = useMembers(workflowId);
  if (error && isMissing(error)) {
    return <ErrorState title="You no longer have access">The workflow was removed, or an owner took you out of it.</ErrorState>;
  }
  if (error && !people) {
    return (
      <ErrorState title="The members cannot be read" action={<Button onClick={retry}>Try again</Button>}>
        Nothing was changed. {errorText(error)}
      </ErrorState>
    );
  }
  if (!people || userId === null) return <MembersSkeleton />;
  const { members, invitations } = people;
  return (
    <div className="flex flex-col">
      {manage ? <ShareForm workflowId={workflowId} /> : <OwnersOnly members={members} />}
      <ul aria-label="Members" className="flex flex-col px-4">
        {members.map((member) => (
          <MemberRow key={member.userId} workflowId={workflowId} member={member} self={member.userId === userId} manage={manage} />
        ))}
      </ul>
      {invitations.length > 0 ? (
        <section aria-label="Pending invitations" className="mt-3 flex flex-col border-t border-line px-4 pt-3">
          <h3 className="text-xs text-muted">Invited: they have access once they sign up with this address and confirm it</h3>
          <ul className="flex flex-col">
            {invitations.map((invitation) => (
              <InvitationRow key={invitation.email} workflowId={workflowId} invitation={invitation} />
            ))}
          </ul>
        </section>
      ) : null}
      <div className="mt-3 flex flex-wrap justify-between gap-2 border-t border-line px-4 py-3">
        <Button look="quiet" size="small" onClick={() => void copyLink(workflowId)}>
          <LinkIcon />
          Copy the link for members
        </Button>
        {members.length > 1 ? (
          <Button look="quiet" size="small" onClick={onLeave}>
            <LogOut />
            Leave
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function OwnersOnly({ members }: { members: readonly Member[] }) {
  const owners = members.filter(({ role }) => role === "owner").map(({ name }) => name);
  return (
    <p className="border-b border-line px-4 py-3 text-muted">
      Only owners add people, change roles and see e-mail addresses. Ask {new Intl.ListFormat("en", { type: "disjunction" }).format(owners)}
      .
    </p>
  );
}

async function copyLink(workflowId: string): Promise<void> {
  const address = new URL(`/workflows/${workflowId}`, window.location.origin).href;
  try {
    await navigator.clipboard.writeText(address);
    toast("The link is copied. Only members can open it.", { id: "copy-link" });
  } catch {
    toast(`The browser did not let it be copied: ${address}`, { id: "copy-link" });
  }
}

function MembersSkeleton() {
  return (
    <LoadingRegion label="Loading the members" className="flex flex-col gap-3 p-4">
      <Skeleton className="h-8" />
      {[32, 44].map((width) => (
        <div key={width} className="flex items-center gap-3">
          <Skeleton className="size-6 rounded-full" />
          <Skeleton className="h-4" style={{ width: `${width}%` }} />
        </div>
      ))}
    </LoadingRegion>
  );
}
