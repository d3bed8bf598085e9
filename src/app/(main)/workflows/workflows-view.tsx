"use client";
import { RecentRuns } from "#features/execution/ui/recent-runs.tsx";
import { WhoIsHere } from "#features/presence/ui/who-is-here.tsx";
import { WorkflowList } from "#features/workflow/ui/workflow-list.tsx";
import { AppTopBar } from "../app-top-bar.tsx";

export function WorkflowsView() {
  return (
    <>
      <AppTopBar>
        <span className="truncate text-sm font-medium">Workflows</span>
      </AppTopBar>
      <main className="min-h-0 flex-1 overflow-y-auto scroll-quiet">
        <div className="mx-auto flex max-w-5xl flex-col gap-6 px-4 py-6 md:px-8 md:py-10">
          <div>
            <h1 className="text-title font-medium">Workflows</h1>
            <p className="mt-1 text-muted">Each runs on the server; whoever has it open sees every step as it happens.</p>
          </div>
          <WorkflowList
            runs={(workflowId) => <RecentRuns workflowId={workflowId} />}
            here={(workflowId) => <WhoIsHere workflowId={workflowId} />}
          />
        </div>
      </main>
    </>
  );
}
