"use client";
import { UserPlus, Users, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import { accessReason } from "#client/error-code.ts";
import { useTitle } from "#client/use-title.ts";
import { edgeFlow, nodeStatus, runningNode } from "#features/execution/ui/node-status.tsx";
import { RunAnnouncer } from "#features/execution/ui/run-announcer.tsx";
import { RunControls } from "#features/execution/ui/run-controls.tsx";
import type { DockTab } from "#features/execution/ui/run-dock.tsx";
import { isOver } from "#features/execution/ui/state-of.ts";
import { useExecution } from "#features/execution/ui/use-execution.ts";
import { useExecutionList } from "#features/execution/ui/use-execution-list.ts";
import { useRunControls } from "#features/execution/ui/use-run-controls.ts";
import { Facepile } from "#features/presence/ui/facepile.tsx";
import { PresenceLayer } from "#features/presence/ui/presence-layer.tsx";
import { useFollowsSomebody } from "#features/presence/ui/workflow-presence.tsx";
import { workflowPermissions } from "#features/workflow/permissions.ts";
import { Canvas } from "#features/workflow/ui/canvas.tsx";
import { CanvasSkeleton } from "#features/workflow/ui/canvas-skeleton.tsx";
import { EmptyCanvas } from "#features/workflow/ui/empty-canvas.tsx";
import { useWorkflow } from "#features/workflow/ui/use-workflow.ts";
import { useWorkflowNotices } from "#features/workflow/ui/use-workflow-notices.ts";
import { WorkflowCaption } from "#features/workflow/ui/workflow-caption.tsx";
import { type WorkflowDialog, WorkflowDialogs } from "#features/workflow/ui/workflow-dialogs.tsx";
import { WorkflowMenu } from "#features/workflow/ui/workflow-menu.tsx";
import { WorkflowName } from "#features/workflow/ui/workflow-name.tsx";
import { WorkflowProblem } from "#features/workflow/ui/workflow-problem.tsx";
import { Breadcrumb } from "#ui/breadcrumb.tsx";
import { Button } from "#ui/button.tsx";
import { useCommands } from "#ui/command-registry.tsx";
import { useMediaQuery } from "#ui/use-media-query.ts";
import { Workbench, wideScreen } from "#ui/workbench.tsx";
import { AppTopBar } from "../../app-top-bar.tsx";
import { WorkflowDock } from "./workflow-dock.tsx";
import { WorkflowInspector } from "./workflow-inspector.tsx";

/** A workflow and one of its runs: the latest, or the one that was picked. */
export function WorkflowPageView({ workflowId }: { workflowId: string }) {
  const router = useRouter();
  const { workflow, error, lastEvent, retry } = useWorkflow(workflowId);
  useWorkflowNotices(workflow, lastEvent);
  useTitle(workflow?.name ?? null);
  const list = useExecutionList(workflowId);
  const newest = list.runs?.[0];
  const [pickedId, setPickedId] = useState<string | null>(null);
  const [nodeId, setNodeId] = useState<string | null>(null);
  const [tab, setTab] = useState<DockTab>("timeline");
  const [dialog, setDialog] = useState<WorkflowDialog | null>(null);
  const shownId = pickedId ?? newest?.executionId ?? null;
  const run = useExecution(shownId);
  const control = useRunControls({
    workflowId,
    openExecutionId: newest && !isOver(newest.status) ? newest.executionId : null,
    readOnly: workflow === undefined || !workflowPermissions[workflow.role].run,
    nothingToRun: workflow?.graph.nodes.length === 0,
    onStarted: () => setPickedId(null),
  });
  const wide = useMediaQuery(wideScreen);
  const followsSomebody = useFollowsSomebody();
  const view = run.view;
  const decorations = useMemo(
    () =>
      view ? { node: (id: string) => nodeStatus(view, id), edge: (edge: { source: string; target: string }) => edgeFlow(view, edge) } : {},
    [view],
  );

  const manage = workflow !== undefined && workflowPermissions[workflow.role].manage;
  const [shareLabel, ShareIcon] = manage ? ["Share", UserPlus] : ["Members", Users];
  useCommands(
    workflow ? [{ id: "share-workflow", title: shareLabel, group: "Workflow", icon: ShareIcon, run: () => setDialog("share") }] : [],
  );
  // Whoever follows somebody steps back from that first.
  useCommands(
    nodeId !== null && !followsSomebody
      ? [{ id: "close-inspector", title: "Close the inspector", group: "Workflow", icon: X, key: "escape", run: () => setNodeId(null) }]
      : [],
  );

  // Each stream of the page is refused by itself; whichever hears first why, says it for all.
  const refused = error ?? (run.error && accessReason(run.error) ? run.error : null);
  if (refused) {
    return (
      <>
        <AppTopBar>
          <Breadcrumb href="/workflows" label="Workflows" />
        </AppTopBar>
        <main className="flex flex-1 items-center justify-center">
          <WorkflowProblem workflowId={workflowId} error={refused} onRetry={retry} />
        </main>
      </>
    );
  }
  const inspector = workflow ? <WorkflowInspector workflow={workflow} nodeId={nodeId} run={view} onClose={() => setNodeId(null)} /> : null;
  return (
    <>
      <AppTopBar
        crowded
        people={<Facepile />}
        actions={
          workflow ? (
            <>
              <Button onClick={() => setDialog("share")}>
                <ShareIcon />
                <span className="max-lg:sr-only">{shareLabel}</span>
              </Button>
              <RunControls control={control} />
            </>
          ) : null
        }
      >
        <Breadcrumb href="/workflows" label="Workflows" hideOnNarrow>
          {workflow ? (
            <>
              <WorkflowName workflow={workflow} />
              <WorkflowMenu workflow={workflow} onOpen={setDialog} />
              <WorkflowDialogs workflow={workflow} open={dialog} onOpenChange={setDialog} onGone={() => router.push("/workflows")} />
            </>
          ) : null}
        </Breadcrumb>
      </AppTopBar>
      <main className="min-h-0 flex-1">
        <RunAnnouncer view={view} />
        <Workbench
          main={
            workflow ? (
              <Canvas
                graph={workflow.graph}
                decorations={decorations}
                overlays={
                  <>
                    {workflow.graph.nodes.length === 0 ? (
                      <EmptyCanvas editable={workflowPermissions[workflow.role].edit} />
                    ) : (
                      <WorkflowCaption workflow={workflow} />
                    )}
                    <PresenceLayer nodes={workflow.graph.nodes} selectedNodeId={nodeId} />
                  </>
                }
                selectedNodeId={nodeId}
                followNodeId={wide || followsSomebody ? nodeId : (nodeId ?? (view ? runningNode(view) : null))}
                onSelectNode={(id) => {
                  setNodeId(id);
                  // Beside the canvas it shows itself; below it, it is a tab.
                  if (id !== null && !wide) setTab("inspector");
                }}
              />
            ) : (
              <CanvasSkeleton />
            )
          }
          side={nodeId === null ? null : inspector}
          dock={
            <WorkflowDock
              run={run}
              list={list}
              shownId={shownId}
              control={control}
              nodeId={nodeId}
              onSelectNode={setNodeId}
              onShow={(executionId) => setPickedId(executionId === newest?.executionId ? null : executionId)}
              inspector={wide ? undefined : inspector}
              tab={tab}
              onTabChange={setTab}
            />
          }
        />
      </main>
    </>
  );
}
