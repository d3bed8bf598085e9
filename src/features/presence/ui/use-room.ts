"use client";
/**
 * Being on a workflow, in a component:
 *
 *     const room = useRoom(workflowId);                       // joins; leaves when it unmounts. A stable object
 *     const members = useRoomMembers(room);                   // re-renders when somebody comes, goes, or is away; never for cursors
 *     const selections = useRoomSlice(room, "selection");     // Map tabId -> value; re-renders when a selection changes
 *     const { status, error } = useRoomStatus(room);          // "joining" | "here" | "refused"
 *
 *     room.set({ cursor: { x, y } });                         // as often as you like: newest wins, at most 20 a second go out
 *     room.set({ cursor: null });                             // takes it back
 *
 * What moves is drawn outside React: values lie in a map that `listen` tells of, one listener per slice.
 *
 *     useEffect(() => room.listen("cursor", (tabId) => {      // also called with null values when their owner leaves
 *       const cursor = room.values(tabId).cursor;             // undefined or null: nothing to show
 *       …
 *     }), [room]);
 *
 * `room.self` is the own tab's id (null until joined), `room.members` a Map tabId -> RoomMember that is replaced, not changed. The
 * own tab is among the members; its values are what `set` was given. While nobody else is there nothing is sent; what was set is
 * sent as soon as somebody comes, and again after every reconnect. After a refusal (`status` "refused", `error` says why) it is over:
 * no longer a member, the workflow removed, signed out. Its rules are in room-store.ts.
 */
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useConnectionStore } from "#client/connection.ts";
import { useApi } from "#client/trpc.ts";
import type { RoomMember, Shown, ShownSlice } from "../events.ts";
import { type RoomState, RoomStore } from "./room-store.ts";
import { tabOf } from "./tab-id.ts";

export type Room = RoomStore;

/** Joins the workflow's room for as long as the component is there. */
export function useRoom(workflowId: string): Room {
  const api = useApi();
  const connection = useConnectionStore();
  const room = useMemo(
    () =>
      new RoomStore({
        tab: tabOf(connection),
        subscribe: (tabId, on) => api.presence.onChange.subscribe({ workflowId, tabId }, on),
        send: (tabId, n, values) => api.presence.set.mutate({ workflowId, tabId, n, ...values }, { context: { overSocket: true } }),
      }),
    [api, connection, workflowId],
  );
  useEffect(() => {
    const leave = room.start();
    // Signed in again.
    const stopListening = connection.onResume(room.resume);
    return () => {
      stopListening();
      leave();
    };
  }, [room, connection]);
  return room;
}

/** Everybody in the room by when they came, the own tab included. The same array until somebody comes, goes or is away. */
export function useRoomMembers(room: Room): readonly RoomMember[] {
  return useSyncExternalStore(room.listenMembers, room.getMembers, room.getMembers);
}

export function useRoomStatus(room: Room): RoomState {
  return useSyncExternalStore(room.listenState, room.getState, room.getState);
}

/** One slice of everybody else, by tab, without those who show nothing. The same map until one of its values changes. */
export function useRoomSlice<Name extends ShownSlice>(room: Room, slice: Name): ReadonlyMap<string, NonNullable<Shown[Name]>> {
  const { listen, get } = useMemo(() => room.slice(slice), [room, slice]);
  return useSyncExternalStore(listen, get, get);
}
