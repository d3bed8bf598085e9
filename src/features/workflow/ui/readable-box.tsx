"use client";
import { useStore } from "@xyflow/react";
import type { CSSProperties, ReactNode, RefObject } from "react";

/** At this zoom text begins to be too small to read at a glance. */
const READABLE_ZOOM = 0.88;
/** More would not fit the cards. */
const LARGEST_SCALE = 1.4;
/** So that cards are laid out anew a few times while one zooms, and not at every frame. */
const STEPS = 20;

export function textScale(zoom: number): number {
  return Math.round(Math.min(LARGEST_SCALE, Math.max(1, READABLE_ZOOM / zoom)) * STEPS) / STEPS;
}

/** A canvas's box. Where the drawing is small its text is drawn larger (`--text-scale`), and less of it (`data-small`). */
export function ReadableBox({ box, children }: { box: RefObject<HTMLDivElement | null>; children: ReactNode }) {
  const scale = useStore(({ transform: [, , zoom] }) => textScale(zoom));
  const style: CSSProperties & Record<"--text-scale", number> = { "--text-scale": scale };
  return (
    <div ref={box} data-small={scale > 1.15 || undefined} style={style} className="group/canvas relative size-full">
      {children}
    </div>
  );
}
