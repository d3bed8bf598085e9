"use client";
import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";

/** Gathers tooltips so that moving along a row of them shows the next at once. Once, around the app. */
export const TooltipProvider = Base.Provider;

/** `children` is the trigger, one focusable element. The tooltip repeats or adds; what must be known stands in the page. */
export function Tooltip({
  label,
  side = "top",
  children,
}: {
  label: ReactNode;
  side?: "top" | "right" | "bottom" | "left";
  children: ReactElement;
}) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="max-w-72 animate-appear rounded-md bg-ink px-2 py-1 text-xs text-on-ink tabular-nums">{label}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
