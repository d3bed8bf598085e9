"use client";
import { useAllCommands } from "./command-registry.tsx";
import { Dialog } from "./dialog.tsx";
import { KeyCombination } from "./key-combination.tsx";

/** The keys that do something here, and the ones that always do. */
export function KeyMap({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Shortcuts">
      <KeyMapContent />
    </Dialog>
  );
}

const everywhere = [
  { keys: "Tab", title: "Next control, in reading order" },
  { keys: "Arrows", title: "Move in lists, tabs and menus" },
  { keys: "Enter", title: "Open" },
  { keys: "Esc", title: "Step back" },
];

function KeyMapContent() {
  const groups = useAllCommands()
    .map(({ group, commands }) => ({ group, rows: commands.flatMap(({ key, title }) => (key ? [{ keys: key, title }] : [])) }))
    .filter(({ rows }) => rows.length > 0);
  return (
    <div className="grid gap-x-8 gap-y-4 p-4 sm:grid-cols-2">
      {[...groups, { group: "Everywhere", rows: everywhere }].map(({ group, rows }) => (
        <section key={group}>
          <h3 className="mb-1 text-xs text-muted">{group}</h3>
          <dl>
            {rows.map(({ keys, title }) => (
              <div key={keys} className="flex h-7 items-center justify-between gap-3">
                <dt>{title}</dt>
                <dd>
                  <KeyCombination keys={keys} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
