"use client";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "./button-class.ts";
import { cx } from "./cx.ts";

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** The title is for screen readers only, where the content says it already. */
  hideTitle?: boolean;
  className?: string;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, hideTitle = false, className, children }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Base.Popup
          className={cx(
            "fixed left-1/2 top-[12vh] z-50 max-h-[76vh] w-[min(560px,calc(100vw-32px))] -translate-x-1/2 animate-appear overflow-y-auto",
            "rounded-md border border-line-strong bg-raised outline-none",
            className,
          )}
        >
          {hideTitle ? (
            <Base.Title className="sr-only">{title}</Base.Title>
          ) : (
            <div className="flex items-center justify-between border-b border-line py-2 pl-4 pr-2">
              <Base.Title className="text-sm font-medium">{title}</Base.Title>
              <Base.Close aria-label="Close" className={buttonClass("quiet", "iconSmall")}>
                <X />
              </Base.Close>
            </div>
          )}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
