"use client";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";

export default function PageError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <ErrorState title="This page broke" action={<Button onClick={reset}>Show it again</Button>}>
        Runs go on and nothing stored was lost; only the drawing of this page failed.
      </ErrorState>
    </main>
  );
}
