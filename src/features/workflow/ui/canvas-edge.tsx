"use client";
import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { useContext } from "react";
import type { GraphEdge } from "#nodes/graph.ts";
import { cx } from "#ui/cx.ts";
import { CanvasDecorationsContext } from "./canvas-decorations.ts";

/** How far an edge runs straight before it may turn. Twice as far must fit between two columns of nodes, or it turns back in between. */
const OFFSET_PX = 8;

export type CanvasEdgeType = Edge<{ edge: GraphEdge }, "workflowEdge">;

export function CanvasEdge({ data, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition }: EdgeProps<CanvasEdgeType>) {
  const decorations = useContext(CanvasDecorationsContext);
  const { label, active = false } = (data && decorations.edge?.(data.edge)) ?? {};
  const [path, labelX, labelY] = getSmoothStepPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
    borderRadius: 6,
    offset: OFFSET_PX,
  });
  return (
    <>
      <BaseEdge path={path} style={{ stroke: active ? "var(--amber)" : "var(--line-strong)", strokeWidth: 1.5 }} />
      {active ? (
        <path d={path} fill="none" stroke="var(--running)" strokeWidth={1.5} strokeDasharray="4 16" className="animate-flow" />
      ) : null}
      {label ? (
        <EdgeLabelRenderer>
          <div
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
            className={cx(
              "pointer-events-none absolute rounded-sm bg-sunken px-px text-[calc(11px*var(--text-scale,1))] leading-[1.45] tabular-nums",
              active ? "text-running" : "text-muted",
            )}
          >
            {label}
          </div>
        </EdgeLabelRenderer>
      ) : null}
    </>
  );
}
