import type { Metadata } from "next";
import { WorkflowPresence } from "#features/presence/ui/workflow-presence.tsx";
import { requireSession } from "../../../session.ts";
import { WorkflowPageView } from "./workflow-page-view.tsx";

export const metadata: Metadata = { title: "Workflow" };

export default async function WorkflowPage({ params }: { params: Promise<{ workflowId: string }> }) {
  const { workflowId } = await params;
  await requireSession(`/workflows/${workflowId}`);
  return (
    <WorkflowPresence key={workflowId} workflowId={workflowId}>
      <WorkflowPageView workflowId={workflowId} />
    </WorkflowPresence>
  );
}
