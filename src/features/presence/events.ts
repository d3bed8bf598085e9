/** What people on a workflow show each other while they are there. Browser-safe. Coordinates are the canvas's own ("flow"). */
import { z } from "zod";
import { defineRoom, type Member, type RoomUpdate, type Values } from "#realtime/room.ts";

/** Most nodes that are shown as selected or dragged by one person; of more than that, show these. */
export const MAX_SHOWN_NODES = 100;

const coordinate = z.number().min(-1e7).max(1e7);
const nodeId = z.string().min(1).max(64);
const nodeIds = z.array(nodeId).max(MAX_SHOWN_NODES);
const rectangle = z.object({ x: coordinate, y: coordinate, width: coordinate.nonnegative(), height: coordinate.nonnegative() });
export type Rectangle = z.infer<typeof rectangle>;

const slices = {
  cursor: { schema: z.object({ x: coordinate, y: coordinate }) },
  selection: { schema: nodeIds },
  /** What part of the canvas the tab shows. */
  viewport: { schema: rectangle },
  /** A drag under way: these nodes are that far from where the graph says. `bounds`: the box around them as they are shown. */
  drag: { schema: z.object({ gestureId: z.uuid(), nodeIds, dx: coordinate, dy: coordinate, bounds: rectangle }) },
  /** The field of a node that has the focus, and where in its text. */
  editing: { schema: z.object({ nodeId, field: z.string().min(1).max(100), caret: z.int().nonnegative().nullable() }) },
  /** Set it at every keystroke (the hook thins); it goes by itself. */
  typing: { schema: z.literal(true), clearAfterMs: 3_000 },
  /** Absent: active. Idle: nothing done for a minute, or the tab is hidden. */
  status: { schema: z.enum(["active", "idle"]) },
  /** The tab whose viewport this one follows. */
  following: { schema: z.uuid() },
};

/** How far beyond its viewport a tab is still sent things at full rate, as a share of its size: what moves in is there already. */
const MARGIN = 0.25;

/** Who is on a workflow; the id is the workflow's. */
export const workflowRoom = defineRoom("workflow", {
  id: z.uuid().lowercase(),
  slices,
  outOfSight(viewer, owner, ownerTabId) {
    if (!viewer.viewport || viewer.following === ownerTabId) return [];
    const seen = grow(viewer.viewport, MARGIN);
    const hidden: ("cursor" | "drag")[] = [];
    if (owner.cursor && !overlaps(seen, { ...owner.cursor, width: 0, height: 0 })) hidden.push("cursor");
    if (owner.drag && !overlaps(seen, owner.drag.bounds)) hidden.push("drag");
    return hidden;
  },
});

export type WorkflowRoom = typeof workflowRoom;
export type WorkflowRoomUpdate = RoomUpdate<WorkflowRoom>;
/** What one tab shows. */
export type Shown = Values<typeof slices>;
export type ShownSlice = keyof typeof slices;
/** A tab in the room. */
export type RoomMember = Member;

/** Somebody who is on a workflow now, on one device or several. */
export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly color: string;
}

function grow({ x, y, width, height }: Rectangle, share: number): Rectangle {
  return { x: x - width * share, y: y - height * share, width: width * (1 + 2 * share), height: height * (1 + 2 * share) };
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}
