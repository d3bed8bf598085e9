"use client";
/** Tells the room what this page does on its canvas. How often it is really sent, and whether at all, is the room's business. */
import { useReactFlow, useStore, useStoreApi } from "@xyflow/react";
import { useEffect } from "react";
import type { Room } from "./use-room.ts";

export interface ReportedCanvas {
  readonly selectedNodeId: string | null;
  /** Somebody looks through this page's eyes: they are told of every move at once. */
  readonly isFollowed: boolean;
}

/** Of the viewport: what others need it for, an arrow and knowing what not to send here, may lag. */
const VIEWPORT_MS = 250;
const FOLLOWED_VIEWPORT_MS = 50;

export function useReportedCanvas(room: Room, { selectedNodeId, isFollowed }: ReportedCanvas): void {
  const flow = useReactFlow();
  const store = useStoreApi();
  const domNode = useStore((state) => state.domNode);

  useEffect(() => {
    room.set({ selection: selectedNodeId === null ? null : [selectedNodeId] });
  }, [room, selectedNodeId]);

  useEffect(() => {
    if (!domNode) return;
    let at: { x: number; y: number } | null = null;
    const show = () => {
      const point = at && flow.screenToFlowPosition(at);
      room.set({ cursor: point && { x: round(point.x), y: round(point.y) } });
    };
    const onMove = (event: PointerEvent) => {
      at = { x: event.clientX, y: event.clientY };
      show();
    };
    const onGone = () => {
      if (at === null) return;
      at = null;
      show();
    };
    // A finger that was lifted points at nothing; a mouse still does.
    const onUp = (event: PointerEvent) => event.pointerType === "touch" && onGone();
    const onHidden = () => document.hidden && onGone();
    domNode.addEventListener("pointermove", onMove);
    domNode.addEventListener("pointerleave", onGone);
    domNode.addEventListener("pointerup", onUp);
    document.addEventListener("visibilitychange", onHidden);
    // Under a mouse that rests, a drawing that is scrolled is another place.
    const unsubscribe = store.subscribe((state, before) => state.transform !== before.transform && at !== null && show());
    return () => {
      unsubscribe();
      domNode.removeEventListener("pointermove", onMove);
      domNode.removeEventListener("pointerleave", onGone);
      domNode.removeEventListener("pointerup", onUp);
      document.removeEventListener("visibilitychange", onHidden);
      onGone();
    };
  }, [room, flow, store, domNode]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const show = () => {
      timer = null;
      const { transform, width, height } = store.getState();
      const [x, y, zoom] = transform;
      if (width === 0 || height === 0) return;
      room.set({ viewport: { x: round(-x / zoom), y: round(-y / zoom), width: round(width / zoom), height: round(height / zoom) } });
    };
    show();
    const unsubscribe = store.subscribe((state, before) => {
      if (state.transform === before.transform && state.width === before.width && state.height === before.height) return;
      timer ??= setTimeout(show, isFollowed ? FOLLOWED_VIEWPORT_MS : VIEWPORT_MS);
    });
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [room, store, isFollowed]);
}

/** A tenth of a pixel is more than anybody sees. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
