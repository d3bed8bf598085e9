import type { Metadata } from "next";
import { requireSession } from "../../../session.ts";
import { RunPageView } from "./run-page-view.tsx";

export const metadata: Metadata = { title: "Run" };

export default async function RunPage({ params }: { params: Promise<{ executionId: string }> }) {
  const { executionId } = await params;
  await requireSession(`/runs/${executionId}`);
  return <RunPageView key={executionId} executionId={executionId} />;
}
