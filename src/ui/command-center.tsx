"use client";
import { Keyboard, Search } from "lucide-react";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { CommandPalette } from "./command-palette.tsx";
import { CommandProvider, useCommands } from "./command-registry.tsx";
import { KeyMap } from "./key-map.tsx";

interface CommandCenterActions {
  openPalette: () => void;
  openKeyMap: () => void;
}

const CommandCenterContext = createContext<CommandCenterActions>({ openPalette: () => {}, openKeyMap: () => {} });

/** Opens the palette or the key map from a button. */
export function useCommandCenter(): CommandCenterActions {
  return useContext(CommandCenterContext);
}

/** Commands for everything inside it, with the palette (Ctrl or Command and K) and the key map (?). Once, around the app. */
export function CommandCenter({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const actions = useMemo(() => ({ openPalette: () => setOpen("palette"), openKeyMap: () => setOpen("keys") }), []);
  return (
    <CommandProvider>
      <OwnCommands {...actions} />
      <CommandCenterContext value={actions}>{children}</CommandCenterContext>
      <CommandPalette open={open === "palette"} onOpenChange={(next) => setOpen(next ? "palette" : null)} />
      <KeyMap open={open === "keys"} onOpenChange={(next) => setOpen(next ? "keys" : null)} />
    </CommandProvider>
  );
}

function OwnCommands({ openPalette, openKeyMap }: CommandCenterActions) {
  useCommands([
    { id: "palette", title: "Find a command", group: "Help", icon: Search, key: "mod+k", run: openPalette },
    { id: "keys", title: "Shortcuts", group: "Help", icon: Keyboard, key: "?", run: openKeyMap },
  ]);
  return null;
}
