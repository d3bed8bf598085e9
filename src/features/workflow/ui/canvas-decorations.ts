/**
 * The canvas's slots. It knows graphs, not runs: whoever shows a run (or a reviewer's remarks) on it says here how each node
 * and edge looks, and what lies on top.
 */
import { createContext, type ReactNode } from "react";
import type { GraphEdge } from "#nodes/graph.ts";
import type { State } from "#ui/state.ts";

export interface NodeDecoration {
  /** Colours the node's ring; omitted: none. */
  readonly state?: State;
  /** At the right of the name: an icon, an elapsed time. */
  readonly aside?: ReactNode;
  /** Under the name: a progress bar, the last line of output. */
  readonly body?: ReactNode;
}

export interface EdgeDecoration {
  /** Stands on the edge, such as how many items passed. */
  readonly label?: string;
  /** Something moves along it right now. */
  readonly active?: boolean;
}

export interface CanvasDecorations {
  readonly node?: (nodeId: string) => NodeDecoration;
  readonly edge?: (edge: GraphEdge) => EdgeDecoration;
}

/** Through context and not through xyflow's node data, so that an event repaints cards without rebuilding the graph. */
export const CanvasDecorationsContext = createContext<CanvasDecorations>({});
