import type { Metadata } from "next";
import { requireSession } from "../../session.ts";
import { WorkflowsView } from "./workflows-view.tsx";

export const metadata: Metadata = { title: "Workflows" };

export default async function WorkflowsPage() {
  await requireSession("/workflows");
  return <WorkflowsView />;
}
