import type { Metadata } from "next";
import { requireSession } from "../../../session.ts";
import { WorkflowPageView } from "./workflow-page-view.tsx";

export const metadata: Metadata = { title: "Workflow" };

export default async function WorkflowPage({ params }: { params: Promise<{ workflowId: string }> }) {
  const { workflowId } = await params;
  await requireSession(`/workflows/${workflowId}`);
  return <WorkflowPageView key={workflowId} workflowId={workflowId} />;
}
