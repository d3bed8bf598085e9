"use client";
import { ArrowUpRight, Play } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { expectedDurationMs } from "#features/execution/ui/expected-duration.ts";
import { RunButton } from "#features/execution/ui/run-controls.tsx";
import { type DockTab, RunDock } from "#features/execution/ui/run-dock.tsx";
import { RunHistory } from "#features/execution/ui/run-history.tsx";
import { RunProblem } from "#features/execution/ui/run-problem.tsx";
import { RunSkeleton } from "#features/execution/ui/run-skeleton.tsx";
import type { LiveExecution } from "#features/execution/ui/use-execution.ts";
import type { useExecutionList } from "#features/execution/ui/use-execution-list.ts";
import type { RunControl } from "#features/execution/ui/use-run-controls.ts";
import { Button } from "#ui/button.tsx";
import { buttonClass } from "#ui/button-class.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { ErrorState } from "#ui/error-state.tsx";

export interface WorkflowDockProps {
  run: LiveExecution;
  list: ReturnType<typeof useExecutionList>;
  shownId: string | null;
  control: RunControl;
  nodeId: string | null;
  onSelectNode: (nodeId: string) => void;
  onShow: (executionId: string) => void;
  inspector: ReactNode | undefined;
  tab: DockTab;
  onTabChange: (tab: DockTab) => void;
}

export function WorkflowDock({ run, list, shownId, control, nodeId, onSelectNode, onShow, inspector, ...tabs }: WorkflowDockProps) {
  const { runs } = list;
  if (run.error) return <RunProblem error={run.error} onRetry={run.retry} />;
  if (runs?.length === 0) {
    if (nodeId !== null && inspector) return inspector;
    return (
      <EmptyState
        icon={<Play />}
        title="This workflow has not run yet"
        action={control.readOnly || control.nothingToRun ? null : <RunButton control={control} />}
      >
        {control.nothingToRun
          ? "It has no nodes yet, so there is nothing to run."
          : "A run's timeline, log and results stand here, live, for everyone who has this page open."}
      </EmptyState>
    );
  }
  if (!run.view && list.failed) {
    return (
      <ErrorState title="The runs cannot be read" action={<Button onClick={list.retry}>Try again</Button>}>
        Nothing was lost; they are stored on the server.
      </ErrorState>
    );
  }
  if (!run.view || !run.graph) return <RunSkeleton />;
  return (
    <RunDock
      view={run.view}
      graph={run.graph}
      expectedMs={expectedDurationMs(runs ?? [])}
      selectedNodeId={nodeId}
      onSelectNode={onSelectNode}
      inspector={inspector}
      {...tabs}
      actions={
        <>
          <RunHistory runs={runs ?? []} shownId={shownId} onShow={onShow} />
          <Link href={`/runs/${run.view.id}`} className={buttonClass("quiet", "small")}>
            <ArrowUpRight />
            <span className="max-sm:sr-only">Open</span>
          </Link>
        </>
      }
    />
  );
}
