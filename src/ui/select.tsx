"use client";
import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import { cx } from "./cx.ts";

export interface SelectOption<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** What choosing it means, in half a line. */
  readonly hint?: string;
}

export interface SelectProps<Value extends string> {
  /** What is chosen; read out, not shown. */
  label: string;
  options: readonly SelectOption<Value>[];
  value: Value;
  onValueChange: (value: Value) => void;
  disabled?: boolean;
  className?: string;
}

/** One of a few. */
export function Select<Value extends string>({ label, options, value, onValueChange, disabled = false, className }: SelectProps<Value>) {
  return (
    <Base.Root
      items={options.map((option) => ({ value: option.value, label: option.label }))}
      value={value}
      disabled={disabled}
      onValueChange={(next) => {
        if (next !== null && next !== value) onValueChange(next);
      }}
    >
      <Base.Trigger
        aria-label={label}
        className={cx(
          "inline-flex h-8 pointer-coarse:h-10 shrink-0 items-center justify-between gap-1.5 rounded-md border border-line-strong bg-raised pl-2.5 pr-2 text-sm hover:bg-hover data-[disabled]:opacity-45",
          className,
        )}
      >
        <Base.Value />
        <Base.Icon className="text-muted">
          <ChevronDown aria-hidden strokeWidth={1.5} className="size-4" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} collisionPadding={8} alignItemWithTrigger={false} align="end" className="z-50">
          <Base.Popup className="min-w-(--anchor-width) max-w-72 animate-appear rounded-md border border-line-strong bg-raised p-1 outline-none">
            <Base.List>
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  className="flex cursor-default select-none items-start gap-2 rounded-sm py-1.5 pointer-coarse:py-2.5 pl-2 pr-3 text-sm outline-none data-[highlighted]:bg-hover"
                >
                  <span className="mt-0.5 size-4 shrink-0">
                    <Base.ItemIndicator>
                      <Check aria-hidden strokeWidth={1.5} className="size-4" />
                    </Base.ItemIndicator>
                  </span>
                  <span>
                    <Base.ItemText>{option.label}</Base.ItemText>
                    {option.hint ? <span className="block text-xs text-muted">{option.hint}</span> : null}
                  </span>
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
