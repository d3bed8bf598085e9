"use client";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";

export default function OuterError({ reset }: { error: Error; reset: () => void }) {
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <ErrorState title="Heliograph could not be shown" action={<Button onClick={reset}>Try again</Button>}>
        What runs on the server goes on, and nothing stored was lost; only this page failed.
      </ErrorState>
    </main>
  );
}
