"use client";
/** Everything of presence that lies over a canvas; stands inside its `overlays`. Shows nothing, and sends nothing, outside a room. */
import type { GraphNode } from "#nodes/graph.ts";
import { CursorLayer } from "./cursor-layer.tsx";
import { PeopleButton } from "./facepile.tsx";
import { FollowFrame } from "./follow-frame.tsx";
import { NodeMarks } from "./node-marks.tsx";
import { useFollowedView } from "./use-followed-view.ts";
import { useReportedCanvas } from "./use-reported-canvas.ts";
import { type Presence, usePresence } from "./workflow-presence.tsx";

export interface PresenceLayerProps {
  readonly nodes: readonly GraphNode[];
  /** What is selected on this page, to show it to the others. */
  readonly selectedNodeId: string | null;
}

export function PresenceLayer(props: PresenceLayerProps) {
  const presence = usePresence();
  return presence ? <Layers presence={presence} {...props} /> : null;
}

function Layers({ presence, nodes, selectedNodeId }: PresenceLayerProps & { presence: Presence }) {
  const { room, following } = presence;
  useReportedCanvas(room, selectedNodeId);
  useFollowedView(room, following);
  return (
    <>
      <NodeMarks presence={presence} nodes={nodes} />
      <CursorLayer presence={presence} />
      <FollowFrame presence={presence} />
      <PeopleButton presence={presence} />
    </>
  );
}
