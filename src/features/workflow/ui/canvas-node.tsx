"use client";
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { useContext } from "react";
import { definitions } from "#nodes/definitions.ts";
import type { GraphNode } from "#nodes/graph.ts";
import { cx } from "#ui/cx.ts";
import { NamedIcon } from "#ui/named-icon.tsx";
import { stateBorder } from "#ui/state.ts";
import { CanvasDecorationsContext } from "./canvas-decorations.ts";

export type CanvasNodeType = Node<{ node: GraphNode }, "workflowNode">;

const handleClass = "!size-1.5 !min-h-0 !min-w-0 !border-0 !bg-line-strong";

export function CanvasNode({ data: { node }, selected }: NodeProps<CanvasNodeType>) {
  const definition = definitions[node.type];
  const { state, aside, body } = useContext(CanvasDecorationsContext).node?.(node.id) ?? {};
  return (
    <div className="canvas-text relative w-56 text-text">
      {/* The ring is its own element, so that it can breathe without the text breathing along. */}
      <div
        aria-hidden
        className={cx(
          "pointer-events-none absolute -inset-px rounded-md border-2",
          state ? stateBorder[state] : "border-transparent",
          (state === undefined || state === "queued" || state === "skipped") && "border-transparent",
          state === "running" && "animate-breathe",
        )}
      />
      <div
        className={cx(
          "rounded-md border border-line-strong bg-raised px-3 py-[0.92em]",
          selected && "outline-2 outline-offset-2 outline-focus",
          state === "skipped" && "border-dashed",
        )}
      >
        <div className="flex h-[1.85em] items-center gap-2">
          <NamedIcon name={definition.icon} className="size-4 shrink-0 text-muted group-data-small/canvas:hidden" />
          <span className={cx("min-w-0 flex-1 truncate font-medium", state === "skipped" && "text-muted")} title={node.name}>
            {node.name}
          </span>
          {aside}
        </div>
        {body ?? (
          <p className="canvas-line truncate text-muted">{definition.title === node.name ? definition.description : definition.title}</p>
        )}
      </div>
      {definition.hasInput ? <Handle type="target" position={Position.Left} className={handleClass} isConnectable={false} /> : null}
      <Handle type="source" position={Position.Right} className={handleClass} isConnectable={false} />
    </div>
  );
}
