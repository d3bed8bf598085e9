"use client";
import Link from "next/link";
import { errorText, isMissing } from "#client/error-code.ts";
import { Button } from "#ui/button.tsx";
import { buttonClass } from "#ui/button-class.ts";
import { ErrorState } from "#ui/error-state.tsx";

/** Why a run is not shown. */
export function RunProblem({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (isMissing(error)) {
    return (
      <ErrorState
        title="This run is not here for you"
        action={
          <Link href="/workflows" className={buttonClass()}>
            Go to the workflows
          </Link>
        }
      >
        It was deleted, or you are not a member of its workflow. Someone who is can add you.
      </ErrorState>
    );
  }
  return (
    <ErrorState title="The run cannot be read" action={<Button onClick={onRetry}>Try again</Button>}>
      It goes on by itself and nothing of it is lost. {errorText(error)}
    </ErrorState>
  );
}
