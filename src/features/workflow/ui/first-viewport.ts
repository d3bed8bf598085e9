import type { GraphNode } from "#nodes/graph.ts";

/** As wide as a card is drawn. */
export const NODE_WIDTH_PX = 224;
const NODE_HEIGHT_PX = 76;
const MARGIN_PX = 24;
const SMALLEST_ZOOM = 0.62;

/**
 * Where a canvas begins: the whole graph, centred, if its text stays readable; otherwise readable and from its left end, where
 * runs begin, and the reader pans.
 */
export function firstViewport(nodes: readonly Pick<GraphNode, "position">[], { width, height }: { width: number; height: number }) {
  const xs = nodes.map(({ position }) => position.x);
  const ys = nodes.map(({ position }) => position.y);
  if (xs.length === 0) return { x: 0, y: 0, zoom: 1 };
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const graphWidth = Math.max(...xs) + NODE_WIDTH_PX - left;
  const graphHeight = Math.max(...ys) + NODE_HEIGHT_PX - top;
  const fitting = Math.min((width - 2 * MARGIN_PX) / graphWidth, (height - 2 * MARGIN_PX) / graphHeight);
  const zoom = Math.min(1, Math.max(SMALLEST_ZOOM, fitting));
  // Centred, but never so that the beginning is cut off.
  const x = Math.max(MARGIN_PX, (width - graphWidth * zoom) / 2) - left * zoom;
  const y = Math.max(MARGIN_PX, (height - graphHeight * zoom) / 2) - top * zoom;
  return { x, y, zoom };
}
