"use client";
import "#ui/theme.css";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";

/** Stands in for the root layout when that fails, so it brings its own html. */
export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Heliograph</title>
        <main className="flex min-h-dvh items-center justify-center">
          <ErrorState title="Heliograph could not be shown" action={<Button onClick={reset}>Try again</Button>}>
            What runs on the server goes on, and nothing stored was lost; only this page failed.
          </ErrorState>
        </main>
      </body>
    </html>
  );
}
