"use client";
import type { ReactNode } from "react";
import type { Graph } from "#nodes/graph.ts";
import { Tabs } from "#ui/tabs.tsx";
import { useMediaQuery } from "#ui/use-media-query.ts";
import { wideScreen } from "#ui/workbench.tsx";
import type { ExecutionView } from "../reduce.ts";
import { Events } from "./events.tsx";
import { Log } from "./log.tsx";
import { Results } from "./results.tsx";
import { RunStatus } from "./run-status.tsx";
import { Timeline } from "./timeline.tsx";

export interface RunDockProps {
  view: ExecutionView;
  graph: Graph;
  /** How long such runs usually take; null: not known. */
  expectedMs: number | null;
  selectedNodeId: string | null;
  onSelectNode: (nodeId: string) => void;
  /** A further tab for what stands beside the canvas on wide screens. */
  inspector?: ReactNode;
  tab: DockTab;
  onTabChange: (tab: DockTab) => void;
  /** At the end of the tab row: other runs, a link to this one. */
  actions: ReactNode;
}

export type DockTab = "timeline" | "log" | "results" | "events" | "inspector";

/** A run below its canvas. */
export function RunDock({
  view,
  graph,
  expectedMs,
  selectedNodeId,
  onSelectNode,
  inspector,
  tab: chosen,
  onTabChange,
  actions,
}: RunDockProps) {
  // The inspector's tab goes when the window grows and it has a place of its own again.
  const tab = chosen === "inspector" && !inspector ? "timeline" : chosen;
  const wide = useMediaQuery(wideScreen);
  const selection = { selectedNodeId, onSelectNode };
  return (
    <div className="flex h-full flex-col">
      {wide ? null : <RunStatus view={view} expectedMs={expectedMs} className="h-9 shrink-0 px-4" />}
      <Tabs
        label="Run"
        value={tab}
        onValueChange={onTabChange}
        className="flex-1"
        items={[
          { id: "timeline", label: "Timeline", content: <Timeline view={view} graph={graph} {...selection} /> },
          { id: "log", label: "Log", content: <Log key={view.id} view={view} selectedNodeId={selectedNodeId} className="h-full" /> },
          { id: "results", label: "Results", content: <Results view={view} {...selection} /> },
          { id: "events", label: "Events", content: <Events key={view.id} view={view} className="h-full" /> },
          ...(inspector ? [{ id: "inspector" as const, label: "Node", content: inspector }] : []),
        ]}
        aside={
          <span className="flex min-w-0 items-center gap-1">
            {wide ? <RunStatus view={view} expectedMs={expectedMs} className="mr-2" /> : null}
            {actions}
          </span>
        }
      />
    </div>
  );
}
