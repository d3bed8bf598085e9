"use client";
import { Toaster as Sonner } from "sonner";

/** Where toasts appear. Raise one with sonner's `toast`, with an `id` so that the same fact never stands twice. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      offset={16}
      mobileOffset={{ bottom: 64 }}
      gap={8}
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
