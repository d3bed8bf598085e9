"use client";
import { Command as Cmdk } from "cmdk";
import { useEffect, useRef } from "react";
import { useAllCommands } from "./command-registry.tsx";
import { Dialog } from "./dialog.tsx";
import { KeyCombination } from "./key-combination.tsx";

/** Everything that can be done here, found by typing. */
export function CommandPalette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Commands" hideTitle className="overflow-hidden">
      <PaletteContent onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

// Apart from the dialog, so that it only listens to the commands while it is open.
function PaletteContent({ onDone }: { onDone: () => void }) {
  const groups = useAllCommands().toReversed(); // what the page offers comes before what is always there
  const input = useRef<HTMLInputElement>(null);
  // The dialog focuses a frame later, and whoever opens this by key types on at once. A microtask, because the dialog still has to
  // notice where the focus was, to give it back.
  useEffect(() => queueMicrotask(() => input.current?.focus()), []);
  return (
    <Cmdk label="Commands" loop>
      <Cmdk.Input
        ref={input}
        placeholder="What do you want to do?"
        className="h-11 w-full border-b border-line bg-transparent px-4 text-sm outline-none placeholder:text-muted"
      />
      <Cmdk.List className="max-h-[min(400px,60vh)] overflow-y-auto p-1 scroll-quiet">
        <Cmdk.Empty className="px-3 py-6 text-center text-sm text-muted">Nothing goes by that name.</Cmdk.Empty>
        {groups.map(({ group, commands }) => (
          <Cmdk.Group
            key={group}
            heading={group}
            className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
          >
            {commands.map((command) => (
              <Cmdk.Item
                key={command.id}
                value={`${command.title} ${command.id}`}
                {...(command.keywords ? { keywords: command.keywords } : {})}
                onSelect={() => {
                  onDone();
                  command.run();
                }}
                className="flex h-8 cursor-default items-center gap-2.5 rounded-sm px-3 text-sm data-[selected=true]:bg-hover"
              >
                {command.icon ? <command.icon aria-hidden strokeWidth={1.5} className="size-4 text-muted" /> : null}
                <span className="flex-1 truncate">{command.title}</span>
                {command.key ? <KeyCombination keys={command.key} /> : null}
              </Cmdk.Item>
            ))}
          </Cmdk.Group>
        ))}
      </Cmdk.List>
    </Cmdk>
  );
}
