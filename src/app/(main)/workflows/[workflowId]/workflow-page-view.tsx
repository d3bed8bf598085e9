"use client";
import { useMemo, useState } from "react";
import { edgeFlow, nodeStatus, runningNode } from "#features/execution/ui/node-status.tsx";
import { RunAnnouncer } from "#features/execution/ui/run-announcer.tsx";
import { RunControls } from "#features/execution/ui/run-controls.tsx";
import { isOver } from "#features/execution/ui/state-of.ts";
import { useExecution } from "#features/execution/ui/use-execution.ts";
import { useExecutionList } from "#features/execution/ui/use-execution-list.ts";
import { useRunControls } from "#features/execution/ui/use-run-controls.ts";
import { Canvas } from "#features/workflow/ui/canvas.tsx";
import { CanvasSkeleton } from "#features/workflow/ui/canvas-skeleton.tsx";
import { useWorkflow } from "#features/workflow/ui/use-workflow.ts";
import { WorkflowCaption } from "#features/workflow/ui/workflow-caption.tsx";
import { WorkflowName } from "#features/workflow/ui/workflow-name.tsx";
import { WorkflowProblem } from "#features/workflow/ui/workflow-problem.tsx";
import { Breadcrumb } from "#ui/breadcrumb.tsx";
import { useMediaQuery } from "#ui/use-media-query.ts";
import { Workbench, wideScreen } from "#ui/workbench.tsx";
import { AppTopBar } from "../../app-top-bar.tsx";
import { WorkflowDock } from "./workflow-dock.tsx";
import { WorkflowInspector } from "./workflow-inspector.tsx";

/** A workflow and one of its runs: the latest, or the one that was picked. */
export function WorkflowPageView({ workflowId }: { workflowId: string }) {
  const { workflow, error, retry } = useWorkflow(workflowId);
  const list = useExecutionList(workflowId);
  const newest = list.runs?.[0];
  const [pickedId, setPickedId] = useState<string | null>(null);
  const [nodeId, setNodeId] = useState<string | null>(null);
  const shownId = pickedId ?? newest?.executionId ?? null;
  const run = useExecution(shownId);
  const control = useRunControls({
    workflowId,
    openExecutionId: newest && !isOver(newest.status) ? newest.executionId : null,
    readOnly: workflow === undefined || workflow.role === "viewer",
    onStarted: () => setPickedId(null),
  });
  const wide = useMediaQuery(wideScreen);
  const view = run.view;
  const decorations = useMemo(
    () =>
      view ? { node: (id: string) => nodeStatus(view, id), edge: (edge: { source: string; target: string }) => edgeFlow(view, edge) } : {},
    [view],
  );

  if (error) {
    return (
      <>
        <AppTopBar>
          <Breadcrumb href="/workflows" label="Workflows" />
        </AppTopBar>
        <main className="flex flex-1 items-center justify-center">
          <WorkflowProblem error={error} onRetry={retry} />
        </main>
      </>
    );
  }
  const inspector = workflow ? <WorkflowInspector workflow={workflow} nodeId={nodeId} run={view} onClose={() => setNodeId(null)} /> : null;
  return (
    <>
      <AppTopBar actions={workflow ? <RunControls control={control} /> : null}>
        <Breadcrumb href="/workflows" label="Workflows" className="max-md:hidden" />
        {workflow ? <WorkflowName workflow={workflow} /> : null}
      </AppTopBar>
      <main className="min-h-0 flex-1">
        <RunAnnouncer view={view} />
        <Workbench
          main={
            workflow ? (
              <Canvas
                graph={workflow.graph}
                decorations={decorations}
                overlays={<WorkflowCaption workflow={workflow} />}
                selectedNodeId={nodeId}
                followNodeId={wide ? nodeId : (nodeId ?? (view ? runningNode(view) : null))}
                onSelectNode={setNodeId}
              />
            ) : (
              <CanvasSkeleton />
            )
          }
          side={nodeId === null ? null : inspector}
          dock={
            <WorkflowDock
              run={run}
              runs={list.runs}
              shownId={shownId}
              control={control}
              nodeId={nodeId}
              onSelectNode={setNodeId}
              onShow={(executionId) => setPickedId(executionId === newest?.executionId ? null : executionId)}
              inspector={wide ? undefined : inspector}
            />
          }
        />
      </main>
    </>
  );
}
