"use client";
import type { LucideIcon } from "lucide-react";
/**
 * Commands: what the palette offers, the key map explains and the keyboard does. A page says what it can do while it is
 * mounted; there is no second list to keep in step.
 */
import { createContext, type ReactNode, useContext, useId, useLayoutEffect, useMemo, useState, useSyncExternalStore } from "react";

export interface Command {
  id: string;
  title: string;
  /** The heading it stands under in the palette and in the key map. */
  group: string;
  icon?: LucideIcon;
  /** One key ("r", "/", "?", "escape"), or `mod+` one key for Ctrl or Command. Omitted: reached through the palette only. */
  key?: string;
  /** Words that also find it. */
  keywords?: string[];
  run: () => void;
}

class CommandStore {
  #sets = new Map<string, readonly Command[]>();
  #all: readonly Command[] = [];
  #listeners = new Set<() => void>();

  set(owner: string, commands: readonly Command[] | null) {
    if (commands) this.#sets.set(owner, commands);
    else this.#sets.delete(owner);
    this.#all = [...this.#sets.values()].flat();
    for (const listener of this.#listeners) listener();
  }

  readonly all = () => this.#all;

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
}

const StoreContext = createContext<CommandStore | null>(null);

function useStore(): CommandStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error("Commands need a <CommandProvider> around them.");
  return store;
}

/** Keys typed into a field, or while a dialog, a question, a menu or a list of choices is open, belong to it. */
function isTyping({ target }: KeyboardEvent): boolean {
  // Not whether the key was pressed inside it: what has just opened has the focus only a frame later, and a quick hand is quicker.
  if (document.querySelector("[data-open]:is([role=dialog], [role=alertdialog], [role=menu]), [data-open] [role=listbox]")) return true;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

export function CommandProvider({ children }: { children: ReactNode }) {
  const [store] = useState(() => new CommandStore());
  // Before the browser takes the next key: it hands out keys ahead of React's other effects, and what one sees one may press.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      const mod = event.metaKey || event.ctrlKey;
      if (!mod && isTyping(event)) return;
      const key = (mod ? "mod+" : "") + event.key.toLowerCase();
      // The last one wins: a page may take over a key that the frame also has.
      const command = store.all().findLast((candidate) => candidate.key === key);
      if (!command) return;
      event.preventDefault();
      command.run();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [store]);
  return <StoreContext value={store}>{children}</StoreContext>;
}

/** Offers commands for as long as the component is mounted. */
export function useCommands(commands: readonly Command[]): void {
  const store = useStore();
  const owner = useId();
  // Every render, because what a command does closes over the render's values. Only an open palette listens.
  useLayoutEffect(() => store.set(owner, commands));
  useLayoutEffect(() => () => store.set(owner, null), [store, owner]);
}

/** All commands there are right now, grouped in the order in which they came. */
export function useAllCommands(): readonly { group: string; commands: readonly Command[] }[] {
  const store = useStore();
  const all = useSyncExternalStore(store.subscribe, store.all, store.all);
  return useMemo(() => [...Map.groupBy(all, (command) => command.group)].map(([group, commands]) => ({ group, commands })), [all]);
}
