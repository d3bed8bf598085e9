"use client";
/** What others have selected or are editing, around the nodes themselves: they move and grow, and the marks with them. */
import { useInternalNode, useStore, ViewportPortal } from "@xyflow/react";
import { definitions } from "#nodes/definitions.ts";
import type { GraphNode } from "#nodes/graph.ts";
import { cx } from "#ui/cx.ts";
import type { RoomMember, Shown } from "../events.ts";
import { personColor, personStyle } from "./person-color.ts";
import { useRoomSlice } from "./use-room.ts";
import type { Presence } from "./workflow-presence.tsx";

interface Mark {
  readonly member: RoomMember;
  readonly text: string;
}

export function NodeMarks({ presence: { room, members }, nodes }: { presence: Presence; nodes: readonly GraphNode[] }) {
  const selections = useRoomSlice(room, "selection");
  const editing = useRoomSlice(room, "editing");
  const typing = useRoomSlice(room, "typing");
  const others = members.filter(({ tabId }) => tabId !== room.self);
  return (
    <ViewportPortal>
      {nodes.map((node) => {
        const marks = others.flatMap((member): Mark[] => {
          const edited = editing.get(member.tabId);
          if (edited?.nodeId === node.id) return [{ member, text: editingText(member, node, edited.field, typing.has(member.tabId)) }];
          return selections.get(member.tabId)?.includes(node.id) ? [{ member, text: member.name }] : [];
        });
        return marks.length > 0 ? <NodeMark key={node.id} nodeId={node.id} marks={marks} /> : null;
      })}
    </ViewportPortal>
  );
}

/** More names than this do not fit over a node. */
const MAX_NAMES = 2;
/** Outside the ring of the reader's own selection. */
const GAP_PX = 6;
const RING_PX = 2;

function NodeMark({ nodeId, marks }: { nodeId: string; marks: readonly Mark[] }) {
  const node = useInternalNode(nodeId);
  // Names stay readable however small the drawing.
  const scale = useStore(({ transform: [, , zoom] }) => Math.max(1, 1 / zoom));
  if (!node) return null;
  const { x, y } = node.internals.positionAbsolute;
  const { width = 0, height = 0 } = node.measured;
  const rings = marks.map(({ member }, index) => `0 0 0 ${(index + 1) * RING_PX}px ${personColor(member.color)}`).join(", ");
  return (
    <div
      className="pointer-events-none absolute left-0 top-0 rounded-[11px]"
      style={{
        transform: `translate(${x - GAP_PX}px, ${y - GAP_PX}px)`,
        width: width + 2 * GAP_PX,
        height: height + 2 * GAP_PX,
        boxShadow: rings,
      }}
    >
      <ul
        aria-label="Also here"
        className="absolute left-1.5 flex max-w-64 origin-bottom-left gap-1 pb-1"
        style={{ bottom: `calc(100% + ${(marks.length - 1) * RING_PX}px)`, scale }}
      >
        {marks.slice(0, MAX_NAMES).map(({ member, text }) => (
          <li
            key={member.tabId}
            className={cx(
              "min-w-0 truncate rounded-sm bg-(--person) px-1.5 text-[11px] font-medium leading-4 text-on-person",
              member.away && "opacity-60",
            )}
            style={personStyle(member.color)}
          >
            {text}
          </li>
        ))}
        {marks.length > MAX_NAMES ? (
          <li className="rounded-sm bg-raised px-1.5 text-[11px] font-medium leading-4 text-muted">+{marks.length - MAX_NAMES}</li>
        ) : null}
      </ul>
    </div>
  );
}

function editingText(member: RoomMember, node: GraphNode, field: NonNullable<Shown["editing"]>["field"], isTyping: boolean): string {
  const fields: Readonly<Record<string, { readonly label: string } | undefined>> = definitions[node.type].fields;
  return `${member.name} is ${isTyping ? "typing in" : "editing"} ${fields[field]?.label ?? field}`;
}
