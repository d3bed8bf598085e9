"use client";
/** A workflow as a drawing: read-only, pannable, zoomable, with nodes that can be chosen. */
import { Background, BackgroundVariant, Controls, ReactFlow, ReactFlowProvider } from "@xyflow/react";
import { type ReactNode, useMemo, useRef } from "react";
import type { Graph } from "#nodes/graph.ts";
import { type CanvasDecorations, CanvasDecorationsContext } from "./canvas-decorations.ts";
import { CanvasEdge, type CanvasEdgeType } from "./canvas-edge.tsx";
import { CanvasNode, type CanvasNodeType } from "./canvas-node.tsx";
import { firstViewport } from "./first-viewport.ts";
import { KeepInView } from "./keep-in-view.tsx";
import { ReadableBox } from "./readable-box.tsx";

const nodeTypes = { workflowNode: CanvasNode };
const edgeTypes = { workflowEdge: CanvasEdge };
const fitViewOptions = { padding: 0.12, maxZoom: 1 };

export interface CanvasProps {
  graph: Graph;
  /** How the nodes and edges look beyond what the graph says. */
  decorations?: CanvasDecorations;
  /** Layers above the drawing, in the canvas's own box. */
  overlays?: ReactNode;
  selectedNodeId: string | null;
  /** The node that must be in sight; the canvas moves when this names another. Omitted: the selected one. */
  followNodeId?: string | null;
  onSelectNode: (nodeId: string | null) => void;
}

export function Canvas({ graph, decorations = {}, overlays, selectedNodeId, followNodeId, onSelectNode }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const nodes = useMemo(
    () =>
      graph.nodes.map(
        (node): CanvasNodeType => ({
          id: node.id,
          type: "workflowNode",
          position: node.position,
          data: { node },
          selected: node.id === selectedNodeId,
          ariaLabel: `Node ${node.name}`,
        }),
      ),
    [graph.nodes, selectedNodeId],
  );
  const edges = useMemo(
    () =>
      graph.edges.map(
        (edge): CanvasEdgeType => ({
          id: edge.id,
          source: edge.source,
          target: edge.target,
          type: "workflowEdge",
          data: { edge },
          focusable: false,
        }),
      ),
    [graph.edges],
  );
  return (
    <CanvasDecorationsContext value={decorations}>
      <ReactFlowProvider>
        <ReadableBox box={box}>
          <ReactFlow
            aria-label="Workflow"
            nodes={nodes}
            edges={edges}
            nodeTypes={nodeTypes}
            edgeTypes={edgeTypes}
            nodesDraggable={false}
            nodesConnectable={false}
            edgesFocusable={false}
            deleteKeyCode={null}
            onInit={(flow) => {
              const size = box.current?.getBoundingClientRect();
              if (size) void flow.setViewport(firstViewport(graph.nodes, size));
            }}
            minZoom={0.25}
            maxZoom={1.5}
            onNodesChange={(changes) => {
              // Selection by keyboard arrives here, and nowhere else.
              for (const change of changes) if (change.type === "select" && change.selected) onSelectNode(change.id);
            }}
            // The selected one, too, which is no change.
            onNodeClick={(_, node) => onSelectNode(node.id)}
            onPaneClick={() => onSelectNode(null)}
          >
            <KeepInView nodeId={followNodeId === undefined ? selectedNodeId : followNodeId} />
            <Background variant={BackgroundVariant.Dots} gap={20} size={1} color="var(--line-strong)" />
            <Controls showInteractive={false} fitViewOptions={fitViewOptions} orientation="horizontal" position="bottom-left" />
          </ReactFlow>
          {overlays}
        </ReadableBox>
      </ReactFlowProvider>
    </CanvasDecorationsContext>
  );
}
