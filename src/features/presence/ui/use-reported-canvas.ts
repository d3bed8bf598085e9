"use client";
/** Tells the room what this page does on its canvas. How often it is really sent, and whether at all, is the room's business. */
import { useReactFlow, useStore, useStoreApi } from "@xyflow/react";
import { useEffect } from "react";
import type { Room } from "./use-room.ts";

export function useReportedCanvas(room: Room, selectedNodeId: string | null): void {
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
    const show = () => {
      const { transform, width, height } = store.getState();
      const [x, y, zoom] = transform;
      if (width === 0 || height === 0) return;
      room.set({ viewport: { x: round(-x / zoom), y: round(-y / zoom), width: round(width / zoom), height: round(height / zoom) } });
    };
    show();
    return store.subscribe((state, before) => {
      if (state.transform !== before.transform || state.width !== before.width || state.height !== before.height) show();
    });
  }, [room, store]);
}

/** A tenth of a pixel is more than anybody sees. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
