"use client";
import { useStoreApi } from "@xyflow/react";
import { ChevronRight } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { Avatar } from "#ui/avatar.tsx";
import { cx } from "#ui/cx.ts";
import type { RoomMember } from "../events.ts";
import { CursorStage } from "./cursor-stage.ts";
import { personStyle } from "./person-color.ts";
import { useRoomSlice } from "./use-room.ts";
import type { Presence } from "./workflow-presence.tsx";

/** Everybody's cursor, with names. Nothing here is for screen readers: where people point is only to be seen. */
export function CursorLayer({ presence: { room, members } }: { presence: Presence }) {
  const store = useStoreApi();
  const stage = useMemo(
    () =>
      new CursorStage({
        view: () => {
          const { transform, width, height } = store.getState();
          const [x, y, zoom] = transform;
          return { x, y, zoom, width, height };
        },
        reducedMotion: () => window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      }),
    [store],
  );
  useEffect(() => {
    const ends = [
      room.listen("cursor", (tabId) => stage.setCursor(tabId, room.values(tabId)?.cursor ?? null)),
      room.listen("viewport", (tabId) => stage.setViewport(tabId, room.values(tabId)?.viewport ?? null)),
      store.subscribe((state, before) => {
        if (state.transform !== before.transform || state.width !== before.width || state.height !== before.height) stage.draw();
      }),
      () => stage.stop(),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [room, stage, store]);

  const typing = useRoomSlice(room, "typing");
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0 overflow-hidden">
      {members
        .filter(({ tabId }) => tabId !== room.self)
        .map((member) => (
          <Figure
            key={member.tabId}
            member={member}
            isTyping={typing.has(member.tabId)}
            onMount={(elements) => {
              const remove = stage.add(member.tabId, elements);
              const { cursor, viewport } = room.values(member.tabId) ?? {};
              stage.setCursor(member.tabId, cursor ?? null);
              stage.setViewport(member.tabId, viewport ?? null);
              return remove;
            }}
          />
        ))}
    </div>
  );
}

interface FigureProps {
  readonly member: RoomMember;
  readonly isTyping: boolean;
  readonly onMount: (elements: { cursor: HTMLElement; arrow: HTMLElement }) => () => void;
}

function Figure({ member, isTyping, onMount }: FigureProps) {
  const cursor = useRef<HTMLDivElement>(null);
  const arrow = useRef<HTMLDivElement>(null);
  const mounted = useRef(onMount);
  useEffect(() => {
    if (cursor.current && arrow.current) return mounted.current({ cursor: cursor.current, arrow: arrow.current });
  }, []);
  const away = member.away && "opacity-35";
  return (
    <div style={personStyle(member.color)}>
      <div
        ref={cursor}
        data-cursor={member.name}
        className="group absolute left-0 top-0 invisible transition-opacity duration-300 data-[resting=true]:opacity-45"
      >
        <svg role="presentation" viewBox="0 0 16 16" className={cx("size-4 fill-(--person) stroke-raised", away)}>
          <path d="M1 1l4.6 13 2.5-5.6 5.9-2.3z" strokeWidth={1.25} strokeLinejoin="round" />
        </svg>
        <span
          className={cx(
            "absolute left-3 top-3.5 flex max-w-40 items-center whitespace-nowrap rounded-sm bg-(--person) px-1.5 text-[11px] font-medium leading-4 text-on-person group-data-[side=left]:left-auto group-data-[side=left]:right-3",
            away,
          )}
        >
          <span className="truncate">{member.name}</span>
          {isTyping ? <span className="animate-breathe">&nbsp;typing…</span> : null}
        </span>
      </div>
      <div ref={arrow} data-arrow={member.name} className="absolute -left-3 -top-3 invisible size-6">
        <div className={cx("size-full", away)}>
          <Avatar name={member.name} className="bg-(--person) text-on-person" />
          <span className="absolute inset-0 rotate-(--angle)">
            <ChevronRight strokeWidth={3} className="absolute -right-2.5 top-1.5 size-3 text-(--person)" />
          </span>
        </div>
      </div>
    </div>
  );
}
