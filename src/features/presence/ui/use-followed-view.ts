"use client";
import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect } from "react";
import { viewOf } from "./followed-view.ts";
import type { Following } from "./use-following.ts";
import type { Room } from "./use-room.ts";

/** After this long about two thirds of the way to the leader's view are done. */
const CATCH_UP_MS = 60;
/** Closer than this, in pixels, it is there. */
const NEAR_PX = 0.5;

/** Moves the canvas to where the leader looks, until the reader moves it, or presses Esc. */
export function useFollowedView(room: Room, { leader, stop }: Following): void {
  const flow = useReactFlow();
  const store = useStoreApi();
  const leaderId = leader?.tabId ?? null;

  useEffect(() => {
    if (leaderId === null) return;
    let frame: number | null = null;
    let lastMs: number | null = null;
    let isOurs = false;

    const step = (nowMs: number) => {
      frame = null;
      const seen = room.values(leaderId)?.viewport;
      if (!seen) return;
      const target = viewOf(seen, store.getState());
      const { x, y, zoom } = flow.getViewport();
      const far = Math.abs(target.x - x) + Math.abs(target.y - y) + Math.abs(target.zoom - zoom) * 1_000;
      const share = far < NEAR_PX || reducedMotion() ? 1 : 1 - Math.exp(-(nowMs - (lastMs ?? nowMs - 16)) / CATCH_UP_MS);
      lastMs = nowMs;
      isOurs = true;
      void flow.setViewport({ x: mix(x, target.x, share), y: mix(y, target.y, share), zoom: mix(zoom, target.zoom, share) });
      isOurs = false;
      if (share < 1) frame = requestAnimationFrame(step);
      else lastMs = null;
    };
    const go = () => {
      frame ??= requestAnimationFrame(step);
    };
    go();
    const unlisten = room.listen("viewport", (tabId) => tabId === leaderId && go());
    const unsubscribe = store.subscribe((state, before) => {
      if (state.width !== before.width || state.height !== before.height) go();
      else if (state.transform !== before.transform && !isOurs) stop();
    });
    const onKeyDown = (event: KeyboardEvent) => {
      // In a dialog, a menu or a field it steps back from that.
      const isElsewhere = event.target instanceof Element && event.target.closest("[role=dialog], [role=menu], input, textarea") !== null;
      if (event.key === "Escape" && !event.defaultPrevented && !isElsewhere) stop();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => {
      window.removeEventListener("keydown", onKeyDown);
      unsubscribe();
      unlisten();
      if (frame !== null) cancelAnimationFrame(frame);
    };
  }, [room, flow, store, leaderId, stop]);
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function reducedMotion(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
