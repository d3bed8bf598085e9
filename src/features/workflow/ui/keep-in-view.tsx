"use client";
import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect } from "react";
import { NODE_WIDTH_PX } from "./first-viewport.ts";

const MARGIN_PX = 24;

/** Moves the canvas sideways when a node is not all in it, as when the inspector has just taken its place. */
export function KeepInView({ nodeId }: { nodeId: string | null }) {
  const flow = useReactFlow();
  const width = useStore((state) => state.width);
  useEffect(() => {
    const node = nodeId === null ? undefined : flow.getNode(nodeId);
    if (!node || width === 0) return;
    const { x, y, zoom } = flow.getViewport();
    const left = node.position.x * zoom + x;
    const right = left + NODE_WIDTH_PX * zoom;
    const shift = left < MARGIN_PX ? MARGIN_PX - left : Math.min(0, width - MARGIN_PX - right);
    if (shift !== 0) void flow.setViewport({ x: x + shift, y, zoom });
  }, [flow, nodeId, width]);
  return null;
}
