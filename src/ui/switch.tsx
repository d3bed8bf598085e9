"use client";
import { Switch as Base } from "@base-ui/react/switch";
import { useId } from "react";

export interface SwitchProps {
  label: string;
  /** The label is for screen readers only, where a column's heading says it already. */
  hideLabel?: boolean;
  checked: boolean;
  disabled?: boolean;
  onCheckedChange: (checked: boolean) => void;
}

export function Switch({ label, hideLabel = false, checked, disabled = false, onCheckedChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <Base.Root
        aria-labelledby={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onCheckedChange}
        className="flex h-4.5 w-8 items-center rounded-full bg-line-strong p-0.5 transition-colors data-[checked]:bg-success data-[disabled]:opacity-45"
      >
        <Base.Thumb className="size-3.5 rounded-full bg-raised transition-transform data-[checked]:translate-x-3.5" />
      </Base.Root>
      <span id={id} className={hideLabel ? "sr-only" : "text-sm"}>
        {label}
      </span>
    </div>
  );
}
