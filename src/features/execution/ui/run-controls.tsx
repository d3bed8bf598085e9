"use client";
import { Play, Square } from "lucide-react";
import { Button } from "#ui/button.tsx";
import type { ButtonLook } from "#ui/button-class.ts";
import type { RunControl } from "./use-run-controls.ts";

/** Run, or, while a run is under way, Cancel. */
export function RunControls({ control, label = "Run" }: { control: RunControl; label?: string }) {
  if (control.readOnly) return <span className="text-xs text-muted max-sm:hidden">View only</span>;
  if (!control.open) return <RunButton control={control} label={label} />;
  return (
    <Button look="danger" busy={control.stopping} onClick={control.stop}>
      <Square />
      {control.stopping ? "Cancelling" : "Cancel"}
    </Button>
  );
}

export function RunButton({ control, label = "Run", look = "ink" }: { control: RunControl; label?: string; look?: ButtonLook }) {
  return (
    <Button look={look} busy={control.starting} onClick={control.run}>
      <Play />
      {label}
    </Button>
  );
}
