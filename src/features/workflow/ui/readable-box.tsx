"use client";
import { useStore } from "@xyflow/react";
import type { CSSProperties, ReactNode, RefObject } from "react";

/** At this zoom names begin to be too small to read at a glance; the smaller lines below them a little sooner, at 11 pixels. */
const READABLE_ZOOM = 0.88;
const READABLE_LINE_ZOOM = 11 / 12;
/** More would not fit the cards. */
const LARGEST_SCALE = 1.4;
const LARGEST_LINE_SCALE = 1.5;
/** So that cards are laid out anew a few times while one zooms, and not at every frame. */
const STEPS = 20;

export function textScale(zoom: number): number {
  return Math.round(Math.min(LARGEST_SCALE, Math.max(1, READABLE_ZOOM / zoom)) * STEPS) / STEPS;
}

/** Never rounded down: a line has no pixel to spare. */
export function lineScale(zoom: number): number {
  return Math.ceil(Math.min(LARGEST_LINE_SCALE, Math.max(1, READABLE_LINE_ZOOM / zoom)) * STEPS) / STEPS;
}

/** A canvas's box. Where the drawing is small its text is drawn larger (`--text-scale`, `--line-scale`), and less of it (`data-small`). */
export function ReadableBox({ box, children }: { box: RefObject<HTMLDivElement | null>; children: ReactNode }) {
  const scale = useStore(({ transform: [, , zoom] }) => textScale(zoom));
  const line = useStore(({ transform: [, , zoom] }) => lineScale(zoom));
  const style: CSSProperties & Record<"--text-scale" | "--line-scale", number> = { "--text-scale": scale, "--line-scale": line };
  return (
    <div ref={box} data-small={scale > 1.15 || undefined} style={style} className="group/canvas relative size-full">
      {children}
    </div>
  );
}
