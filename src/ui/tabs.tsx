"use client";
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export interface TabItem<Id extends string> {
  id: Id;
  label: ReactNode;
  content: ReactNode;
}

export interface TabsProps<Id extends string> {
  label: string;
  items: readonly TabItem<Id>[];
  value: Id;
  onValueChange: (id: Id) => void;
  /** Stands at the end of the tab row. */
  aside?: ReactNode;
  className?: string;
}

export function Tabs<Id extends string>({ label, items, value, onValueChange, aside, className }: TabsProps<Id>) {
  return (
    // Base UI types a tab's value as `any`; the values are the ids given here.
    <Base.Root value={value} onValueChange={(next) => onValueChange(next as Id)} className={cx("flex min-h-0 flex-col", className)}>
      <div className="flex h-9 pointer-coarse:h-11 shrink-0 items-center justify-between gap-2 border-b border-line pr-2">
        <Base.List aria-label={label} className="flex h-full min-w-0 overflow-x-auto px-2">
          {items.map((item) => (
            <Base.Tab
              key={item.id}
              value={item.id}
              // Drawn inside: the row scrolls sideways, so it would cut off a border that lies on its own.
              className="relative flex items-center gap-1.5 whitespace-nowrap px-2 text-sm text-muted -outline-offset-2 transition-colors after:absolute after:inset-x-2 after:bottom-0 after:h-px hover:text-text data-[active]:text-text data-[active]:after:bg-text"
            >
              {item.label}
            </Base.Tab>
          ))}
        </Base.List>
        {aside}
      </div>
      {items.map((item) => (
        <Base.Panel key={item.id} value={item.id} className="min-h-0 flex-1 overflow-auto scroll-quiet -outline-offset-2">
          {item.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
