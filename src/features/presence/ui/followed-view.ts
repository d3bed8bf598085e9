import type { Viewport } from "@xyflow/react";
import type { Rectangle } from "../events.ts";

interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly minZoom: number;
  readonly maxZoom: number;
}

/** All of what the leader sees, in the middle of this canvas, which may have another shape. */
export function viewOf(seen: Rectangle, { width, height, minZoom, maxZoom }: Canvas): Viewport {
  const fitting = Math.min(width / Math.max(1, seen.width), height / Math.max(1, seen.height));
  const zoom = Math.min(maxZoom, Math.max(minZoom, fitting));
  return { x: width / 2 - (seen.x + seen.width / 2) * zoom, y: height / 2 - (seen.y + seen.height / 2) * zoom, zoom };
}
