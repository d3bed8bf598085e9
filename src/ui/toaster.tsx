"use client";
import { Toaster as Sonner } from "sonner";

/** How long a toast with a button stays: one reads it, thinks again and reaches for it. A pointer on it holds it longer. */
export const ACTION_TOAST_MS = 10_000;

/** A sentence is read twice in it. Sonner's own 4 seconds are over before somebody who looked elsewhere has come back. */
const TOAST_MS = 6_000;

/** Where toasts appear. Raise one with sonner's `toast`, with an `id` so that the same fact never stands twice. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      offset={16}
      mobileOffset={{ bottom: 64 }}
      gap={8}
      duration={TOAST_MS}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-80 max-w-[calc(100vw-32px)] items-center gap-3 rounded-md border border-line-strong bg-raised p-3 text-sm text-text font-sans",
          content: "flex-1",
          description: "text-muted",
          actionButton: "shrink-0 rounded-md border border-line-strong px-2 h-7 text-xs font-medium hover:bg-hover",
          icon: "hidden",
        },
      }}
    />
  );
}
