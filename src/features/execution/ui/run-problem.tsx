"use client";
import { AccessProblem, type AccessProblemWords } from "#client/access-problem.tsx";

const words: AccessProblemWords = {
  taken: {
    removed: {
      title: "You are no longer a member of this run's workflow",
      text: "You were taken out of it while the run was open here, so this page shows nothing more of it. The run goes on; an owner can add you again.",
    },
    deleted: {
      title: "This run's workflow was removed",
      text: "An owner removed it for everyone while the run was open here. A run under way was cancelled, and its results went with it.",
    },
  },
  missing: {
    title: "This run is not here for you",
    text: "It was removed, or you are not a member of its workflow. An owner can add you.",
  },
  unreadable: { title: "The run cannot be read", text: "It goes on by itself and nothing of it is lost." },
  wayBack: { href: "/workflows", label: "Go to the workflows" },
};

/** Why a run is not shown. */
export function RunProblem({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return <AccessProblem error={error} words={words} onRetry={onRetry} />;
}
