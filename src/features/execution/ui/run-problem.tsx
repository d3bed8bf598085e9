"use client";
import { accessReason, errorText, isMissing } from "#client/error-code.ts";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { WayBack } from "#ui/way-back.tsx";

const toWorkflows = { href: "/workflows", label: "Go to the workflows" };

/** What happened to somebody who had the run open. */
const taken: Readonly<Record<string, { title: string; text: string }>> = {
  removed: {
    title: "You are no longer a member of this run's workflow",
    text: "You were taken out of it while the run was open here, so this page shows nothing more of it. The run goes on; an owner can add you again.",
  },
  workflowRemoved: {
    title: "This run's workflow was removed",
    text: "An owner removed it for everyone while the run was open here. A run under way was cancelled, and its results went with it.",
  },
};

/** Why a run is not shown. */
export function RunProblem({ error, onRetry }: { error: Error; onRetry: () => void }) {
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
      <ErrorState title="This run is not here for you" action={<WayBack {...toWorkflows} />}>
        It was removed, or you are not a member of its workflow. An owner can add you.
      </ErrorState>
    );
  }
  return (
    <ErrorState title="The run cannot be read" action={<Button onClick={onRetry}>Try again</Button>}>
      It goes on by itself and nothing of it is lost. {errorText(error)}
    </ErrorState>
  );
}
