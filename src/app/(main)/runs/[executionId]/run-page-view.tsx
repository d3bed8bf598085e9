"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useTitle } from "#client/use-title.ts";
import type { ExecutionView } from "#features/execution/reduce.ts";
import { Events } from "#features/execution/ui/events.tsx";
import { expectedDurationMs } from "#features/execution/ui/expected-duration.ts";
import { Log } from "#features/execution/ui/log.tsx";
import { Results } from "#features/execution/ui/results.tsx";
import { RunAnnouncer } from "#features/execution/ui/run-announcer.tsx";
import { RunButton, RunControls } from "#features/execution/ui/run-controls.tsx";
import { RunFailure } from "#features/execution/ui/run-failure.tsx";
import { RunProblem } from "#features/execution/ui/run-problem.tsx";
import { RunSkeleton } from "#features/execution/ui/run-skeleton.tsx";
import { RunStatus } from "#features/execution/ui/run-status.tsx";
import { isOver } from "#features/execution/ui/state-of.ts";
import { Timeline } from "#features/execution/ui/timeline.tsx";
import { useExecution } from "#features/execution/ui/use-execution.ts";
import { useExecutionList } from "#features/execution/ui/use-execution-list.ts";
import { useRunControls } from "#features/execution/ui/use-run-controls.ts";
import { workflowPermissions } from "#features/workflow/permissions.ts";
import { ReturnWhenAdded } from "#features/workflow/ui/return-when-added.tsx";
import { useWorkflow } from "#features/workflow/ui/use-workflow.ts";
import type { Graph } from "#nodes/graph.ts";
import { Breadcrumb } from "#ui/breadcrumb.tsx";
import { Section } from "#ui/section.tsx";
import { Tabs } from "#ui/tabs.tsx";
import { AppTopBar } from "../../app-top-bar.tsx";

/** One run: its timeline, its log, its results. */
export function RunPageView({ executionId }: { executionId: string }) {
  const { view, graph, error, retry } = useExecution(executionId);
  if (view && graph) return <Run view={view} graph={graph} />;
  return (
    <>
      <AppTopBar>
        <Breadcrumb href="/workflows" label="Workflows" />
      </AppTopBar>
      <main className="flex min-h-0 flex-1 flex-col justify-center">
        {error ? (
          <>
            <RunProblem error={error} onRetry={retry} />
            <ReturnWhenAdded error={error} />
          </>
        ) : (
          <RunSkeleton />
        )}
      </main>
    </>
  );
}

function Run({ view, graph }: { view: ExecutionView; graph: Graph }) {
  const router = useRouter();
  const { workflow } = useWorkflow(view.workflowId);
  const name = workflow?.name ?? view.workflowName;
  useTitle(`Run of ${name}`);
  const { runs } = useExecutionList(view.workflowId);
  const [nodeId, setNodeId] = useState<string | null>(null);
  const [told, setTold] = useState<"log" | "events">("log");
  const control = useRunControls({
    workflowId: view.workflowId,
    openExecutionId: isOver(view.status) ? null : view.id,
    readOnly: workflow === undefined || !workflowPermissions[workflow.role].run,
    nothingToRun: workflow?.graph.nodes.length === 0,
    onStarted: (startedId) => router.push(`/runs/${startedId}`),
  });
  const selection = { selectedNodeId: nodeId, onSelectNode: setNodeId };
  return (
    <>
      <AppTopBar actions={workflow ? <RunControls control={control} label="Run again" /> : null}>
        <Breadcrumb href={`/workflows/${view.workflowId}`} label={name}>
          <h1 className="text-sm font-medium">Run</h1>
        </Breadcrumb>
      </AppTopBar>
      <main className="flex min-h-0 flex-1 flex-col overflow-y-auto scroll-quiet lg:overflow-hidden">
        <RunAnnouncer view={view} />
        <div className="flex shrink-0 flex-col gap-3 px-4 py-3">
          <RunStatus view={view} expectedMs={expectedDurationMs(runs ?? [])} />
          <RunFailure view={view} action={control.readOnly ? null : <RunButton control={control} label="Run again" look="outline" />} />
        </div>
        <Section title="Timeline" className="shrink-0 lg:max-h-[48%] lg:overflow-y-auto">
          <Timeline view={view} graph={graph} {...selection} />
        </Section>
        <div className="grid lg:min-h-0 lg:flex-1 lg:grid-cols-[minmax(0,11fr)_minmax(0,9fr)]">
          <Tabs
            label="What happened"
            value={told}
            onValueChange={setTold}
            className="min-w-0 border-t border-line pt-1 max-lg:max-h-90 lg:min-h-0 lg:border-r"
            items={[
              { id: "log", label: "Log", content: <Log view={view} selectedNodeId={nodeId} className="h-full" /> },
              { id: "events", label: "Events", content: <Events view={view} className="h-full" /> },
            ]}
          />
          <Section title="Results" className="min-w-0 overflow-x-auto lg:min-h-0 lg:overflow-y-auto">
            <Results view={view} {...selection} />
          </Section>
        </div>
      </main>
    </>
  );
}
