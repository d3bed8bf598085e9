"use client";
import type { AccessReason } from "#server/access.ts";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { WayBack } from "#ui/way-back.tsx";
import { accessReason, errorText, isMissing } from "./error-code.ts";

interface Words {
  readonly title: string;
  readonly text: string;
}

/** What a kind of page says when it may not show its thing. */
export interface AccessProblemWords {
  /** To somebody who had it open while it was taken away, by the reason. */
  readonly taken: Readonly<Partial<Record<Extract<AccessReason, "removed" | "roleChanged" | "deleted">, Words>>>;
  /** To somebody for whom it never was there: whether it exists is not told. */
  readonly missing: Words;
  /** The server did not give it this time; `text` says that nothing is lost. */
  readonly unreadable: Words;
  /** Where to go from there. */
  readonly wayBack: { readonly href: string; readonly label: string };
}

/** Why the thing of a live page is not shown, and the one button that helps. */
export function AccessProblem({ error, words, onRetry }: { error: Error; words: AccessProblemWords; onRetry: () => void }) {
  const reason = Object.entries(words.taken).find(([name]) => name === accessReason(error))?.[1];
  if (reason) {
    return (
      <ErrorState title={reason.title} action={<WayBack {...words.wayBack} takesFocus />}>
        {reason.text}
      </ErrorState>
    );
  }
  if (isMissing(error)) {
    return (
      <ErrorState title={words.missing.title} action={<WayBack {...words.wayBack} />}>
        {words.missing.text}
      </ErrorState>
    );
  }
  return (
    <ErrorState title={words.unreadable.title} action={<Button onClick={onRetry}>Try again</Button>}>
      {words.unreadable.text} {errorText(error)}
    </ErrorState>
  );
}
