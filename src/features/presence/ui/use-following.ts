"use client";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { toast } from "sonner";
import type { RoomMember } from "../events.ts";
import { canFollow, mustLetGo } from "./follow-chain.ts";
import { liveliestTab, type PersonHere, type Statuses } from "./people.ts";
import { type Room, useRoomSlice } from "./use-room.ts";

export interface Following {
  /** The tab whose view this page shows; null: one's own. */
  readonly leader: RoomMember | null;
  /** The tabs that show this page's view. */
  readonly followers: readonly string[];
  /** Follows where this person is liveliest, or stops when it is the one followed. */
  readonly toggle: (person: PersonHere) => void;
  readonly stop: () => void;
}

/** Whom one follows and by whom one is followed. It ends when the leader leaves, and there are no circles. */
export function useFollowing(room: Room, members: readonly RoomMember[], statuses: Statuses): Following {
  const [leaderId, setLeaderId] = useState<string | null>(null);
  const others = useRoomSlice(room, "following");
  const movedAtMs = useRef(new Map<string, number>());
  useEffect(() => {
    const moved = (tabId: string) => void movedAtMs.current.set(tabId, Date.now());
    const ends = (["cursor", "viewport", "selection", "typing"] as const).map((slice) => room.listen(slice, moved));
    return () => {
      for (const end of ends) end();
    };
  }, [room]);
  const leader = members.find(({ tabId }) => tabId === leaderId) ?? null;
  const followers = useMemo(() => [...others].filter(([, followed]) => followed === room.self).map(([tabId]) => tabId), [others, room]);

  const stop = useCallback(() => {
    room.set({ following: null });
    setLeaderId(null);
  }, [room]);
  const toggle = useCallback(
    (person: PersonHere) => {
      const { self } = room;
      if (person.userId === leader?.userId) return stop();
      const next = liveliestTab(person, statuses, movedAtMs.current);
      if (self === null || !next) return;
      if (!canFollow(self, next.tabId, others)) {
        toast(`${next.name} already follows where you look.`, { id: "follow" });
        return;
      }
      room.set({ following: next.tabId });
      setLeaderId(next.tabId);
    },
    [room, leader, statuses, others, stop],
  );
  useEffect(() => {
    const { self } = room;
    if (leaderId === null || self === null) return;
    if (!leader || mustLetGo(self, leaderId, others)) stop();
  }, [room, leaderId, leader, others, stop]);

  return useMemo(() => ({ leader, followers, toggle, stop }), [leader, followers, toggle, stop]);
}
