"use client";
import { AlertDialog as Base } from "@base-ui/react/alert-dialog";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { buttonClass } from "./button-class.ts";

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The question, with the name of the thing. */
  title: string;
  /** What goes. */
  children: ReactNode;
  /** What the button does, as a verb and its thing: "Delete the account". */
  action: string;
  /** The other answer. @default "Keep it" */
  keep?: string;
  busy: boolean;
  /** What went wrong with the last try. */
  error: string | null;
  onConfirm: () => void;
}

/** One question before something that cannot be undone. It opens on the answer that changes nothing. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  children,
  action,
  keep = "Keep it",
  busy,
  error,
  onConfirm,
}: ConfirmDialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Base.Popup className="fixed left-1/2 top-[18vh] z-50 max-h-[76vh] w-[min(440px,calc(100vw-32px))] -translate-x-1/2 animate-appear overflow-y-auto rounded-md border border-line-strong bg-raised p-4 outline-none">
          <Base.Title className="text-sm font-medium break-words">{title}</Base.Title>
          <Base.Description className="mt-1 text-sm text-muted">{children}</Base.Description>
          {error ? (
            <p role="alert" className="mt-2 text-sm text-failed">
              {error}
            </p>
          ) : null}
          <div className="mt-4 flex flex-wrap justify-end gap-2">
            <Base.Close className={buttonClass()}>{keep}</Base.Close>
            <Button look="danger" busy={busy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
