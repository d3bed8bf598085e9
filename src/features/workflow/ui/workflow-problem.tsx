"use client";
import { AccessProblem, type AccessProblemWords } from "#client/access-problem.tsx";
import { ReturnWhenAdded } from "./return-when-added.tsx";

const words: AccessProblemWords = {
  taken: {
    removed: {
      title: "You are no longer a member of this workflow",
      text: "You were taken out of it while it was open here, so this page shows nothing more of it. It goes on for its members; an owner can add you again.",
    },
    roleChanged: {
      title: "Your role no longer shows you this workflow",
      text: "It was changed while the workflow was open here. An owner can change it again.",
    },
    deleted: {
      title: "This workflow was removed",
      text: "An owner removed it for everyone while it was open here. Its runs were cancelled, and their results went with it.",
    },
  },
  missing: { title: "This workflow is not here for you", text: "It was removed, or you are not a member of it. An owner can add you." },
  unreadable: { title: "The workflow cannot be read", text: "Nothing was lost; it is stored on the server." },
  wayBack: { href: "/workflows", label: "Go to the workflows" },
};

/** Why a workflow is not shown. */
export function WorkflowProblem({ workflowId, error, onRetry }: { workflowId: string; error: Error; onRetry: () => void }) {
  return (
    <>
      <AccessProblem error={error} words={words} onRetry={onRetry} />
      <ReturnWhenAdded workflowId={workflowId} error={error} />
    </>
  );
}
