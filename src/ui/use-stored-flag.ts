"use client";
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

/** A yes or no that this browser remembers; `initial` on the server and until something is stored. */
export function useStoredFlag(name: string, initial: boolean): [boolean, (value: boolean) => void] {
  const value = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => (localStorage.getItem(name) ?? String(initial)) === "true",
    () => initial,
  );
  const set = useCallback(
    (next: boolean) => {
      localStorage.setItem(name, String(next));
      for (const listener of listeners) listener();
    },
    [name],
  );
  return [value, set];
}
