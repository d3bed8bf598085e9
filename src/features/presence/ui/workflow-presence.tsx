"use client";
/**
 * Being on a workflow's page: joins its room, and gives the parts of the page what they share. One per page, around all of it:
 *
 *     <WorkflowPresence workflowId={id}>  <Facepile/> in the top bar, <PresenceLayer/> over the canvas  </WorkflowPresence>
 */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { Announcer } from "#ui/announcer.tsx";
import type { RoomMember } from "../events.ts";
import { type Activity, activityText, noActivity, noteWhoIsHere } from "./activity.ts";
import { type PersonHere, peopleHere } from "./people.ts";
import { type Following, useFollowing } from "./use-following.ts";
import { useReportedPerson } from "./use-reported-person.ts";
import { type Room, useRoom, useRoomMembers, useRoomSlice } from "./use-room.ts";

export interface Presence {
  readonly room: Room;
  readonly members: readonly RoomMember[];
  readonly people: readonly PersonHere[];
  readonly activity: Activity;
  readonly following: Following;
}

const PresenceContext = createContext<Presence | null>(null);

/** Null outside a `<WorkflowPresence>`: the same canvas stands on pages that nobody joins. */
export function usePresence(): Presence | null {
  return useContext(PresenceContext);
}

const FollowsContext = createContext(false);

/** Whether the canvas shows somebody else's view, and so is not to move by itself. */
export function useFollowsSomebody(): boolean {
  return useContext(FollowsContext);
}

export function WorkflowPresence({ workflowId, children }: { workflowId: string; children: ReactNode }) {
  const room = useRoom(workflowId);
  const members = useRoomMembers(room);
  const statuses = useRoomSlice(room, "status");
  const typing = useRoomSlice(room, "typing");
  const people = useMemo(() => peopleHere(members, room.self, statuses, typing), [members, room, statuses, typing]);
  const activity = useActivity(members, room.self);
  const following = useFollowing(room, members, statuses);
  useReportedPerson(room);
  const presence = useMemo(() => ({ room, members, people, activity, following }), [room, members, people, activity, following]);
  return (
    <PresenceContext value={presence}>
      <FollowsContext value={following.leader !== null}>{children}</FollowsContext>
      <Announcer message={useNewest(activityText(activity), followingText(following, members))} />
    </PresenceContext>
  );
}

function useActivity(members: readonly RoomMember[], self: string | null): Activity {
  const [activity, setActivity] = useState(noActivity);
  useEffect(() => {
    const selfUserId = members.find(({ tabId }) => tabId === self)?.userId;
    // Not in the room, or not yet: nothing is known of the others.
    if (selfUserId !== undefined) setActivity((before) => noteWhoIsHere(before, members, selfUserId, new Date()));
  }, [members, self]);
  return activity;
}

/** Of two texts the one that changed last: one voice for both, which says one thing at a time. */
function useNewest(one: string, other: string): string {
  const [newest, setNewest] = useState("");
  useEffect(() => setNewest(one), [one]);
  useEffect(() => setNewest(other), [other]);
  return newest;
}

function followingText({ leader, followers }: Following, members: readonly RoomMember[]): string {
  if (leader) return `Following ${leader.name}`;
  const names = members.filter(({ tabId }) => followers.includes(tabId)).map(({ name }) => name);
  return names.length === 0 ? "" : `${new Intl.ListFormat("en").format(names)} ${names.length === 1 ? "follows" : "follow"} you`;
}
