"use client";
import Link from "next/link";
import { errorText, isMissing } from "#client/error-code.ts";
import { Button } from "#ui/button.tsx";
import { buttonClass } from "#ui/button-class.ts";
import { ErrorState } from "#ui/error-state.tsx";

/** Why a workflow is not shown. */
export function WorkflowProblem({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (isMissing(error)) {
    return (
      <ErrorState
        title="This workflow is not here for you"
        action={
          <Link href="/workflows" className={buttonClass()}>
            Go to the workflows
          </Link>
        }
      >
        It was deleted, or you are not a member of it. Someone who is can add you.
      </ErrorState>
    );
  }
  return (
    <ErrorState title="The workflow cannot be read" action={<Button onClick={onRetry}>Try again</Button>}>
      Nothing was lost; it is stored on the server. {errorText(error)}
    </ErrorState>
  );
}
