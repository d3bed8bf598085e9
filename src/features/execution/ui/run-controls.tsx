"use client";
import { Eye, Play, Square } from "lucide-react";
import { Button } from "#ui/button.tsx";
import type { ButtonLook } from "#ui/button-class.ts";
import { Tooltip } from "#ui/tooltip.tsx";
import type { RunControl } from "./use-run-controls.ts";

/** Run, or, while a run is under way, Cancel. */
export function RunControls({ control, label = "Run" }: { control: RunControl; label?: string }) {
  if (control.readOnly) return <ViewOnly />;
  if (!control.open) return <RunButton control={control} label={label} compact />;
  return (
    <Button look="danger" busy={control.stopping} onClick={control.stop}>
      <Square />
      <span className="max-lg:sr-only">{control.stopping ? "Cancelling" : "Cancel"}</span>
    </Button>
  );
}

const whyViewOnly = "Viewers watch; running, cancelling and renaming are for editors and owners. An owner can change your role.";

/** Stands where Run would, and says on hover or focus why it does not. */
function ViewOnly() {
  return (
    <Tooltip label={whyViewOnly} side="bottom">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the reason is to be had without a pointer, too */}
      <span tabIndex={0} role="note" className="flex h-8 items-center gap-1.5 rounded-md px-1.5 text-xs text-muted [&_svg]:size-4">
        <Eye aria-hidden strokeWidth={1.5} />
        <span className="max-sm:sr-only">View only</span>
        <span className="sr-only">. {whyViewOnly}</span>
      </span>
    </Tooltip>
  );
}

export interface RunButtonProps {
  control: RunControl;
  label?: string;
  look?: ButtonLook;
  /** An icon alone on narrow screens. */
  compact?: boolean;
}

export function RunButton({ control, label = "Run", look = "ink", compact = false }: RunButtonProps) {
  const words = (
    <>
      <Play />
      <span className={compact ? "max-sm:sr-only" : undefined}>{label}</span>
    </>
  );
  if (control.nothingToRun) {
    return (
      <Tooltip label="It has no nodes yet, so there is nothing to run." side="bottom">
        {/* Focusable, so that the reason is to be had without a pointer, too. */}
        <Button look={look} disabled focusableWhenDisabled>
          {words}
          <span className="sr-only">: it has no nodes yet, so there is nothing to run</span>
        </Button>
      </Tooltip>
    );
  }
  return (
    <Button look={look} busy={control.starting} onClick={control.run}>
      {words}
    </Button>
  );
}
