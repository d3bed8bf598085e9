"use client";
import { accessReason, errorText, isMissing } from "#client/error-code.ts";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { WayBack } from "#ui/way-back.tsx";

const toWorkflows = { href: "/workflows", label: "Go to the workflows" };

/** What happened to somebody who had the workflow open. */
const taken: Readonly<Record<string, { title: string; text: string }>> = {
  removed: {
    title: "You are no longer a member of this workflow",
    text: "You were taken out of it while it was open here, so this page shows nothing more of it. It goes on for its members; an owner can add you again.",
  },
  roleChanged: {
    title: "Your role no longer shows you this workflow",
    text: "It was changed while the workflow was open here. An owner can change it again.",
  },
  workflowRemoved: {
    title: "This workflow was removed",
    text: "An owner removed it for everyone while it was open here. Its runs were cancelled, and their results went with it.",
  },
};

/** Why a workflow is not shown. */
export function WorkflowProblem({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const reason = taken[accessReason(error) ?? ""];
  if (reason) {
    return (
      <ErrorState title={reason.title} action={<WayBack {...toWorkflows} takesFocus />}>
        {reason.text}
      </ErrorState>
    );
  }
  if (isMissing(error)) {
    return (
      <ErrorState title="This workflow is not here for you" action={<WayBack {...toWorkflows} />}>
        It was removed, or you are not a member of it. An owner can add you.
      </ErrorState>
    );
  }
  return (
    <ErrorState title="The workflow cannot be read" action={<Button onClick={onRetry}>Try again</Button>}>
      Nothing was lost; it is stored on the server. {errorText(error)}
    </ErrorState>
  );
}
