"use client";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";

/** A page that broke, inside the frame, so that one can go elsewhere. */
export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="flex flex-1 items-center justify-center">
      <ErrorState title="This page broke" action={<Button onClick={reset}>Show it again</Button>}>
        What runs on the server goes on, and nothing stored was lost; only the drawing of this page failed.
      </ErrorState>
    </main>
  );
}
