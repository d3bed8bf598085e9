"use client";
import { useEffect, useId, useMemo, useSyncExternalStore } from "react";
import { useConnectionStore } from "./connection.ts";
import { type UnsentItem, unsentText } from "./unsent-work.ts";

export interface Unsent {
  readonly items: readonly UnsentItem[];
  /** All of it, for the clipboard. */
  readonly text: string;
  readonly clear: () => void;
}

const none: readonly UnsentItem[] = [];

/** What was made on this page and not taken by the server. */
export function useUnsentWork(): Unsent {
  const { unsent } = useConnectionStore();
  const items = useSyncExternalStore(unsent.listen, unsent.getItems, () => none);
  return useMemo(() => ({ items, text: unsentText(items), clear: unsent.clear }), [items, unsent]);
}

/** Keeps what a field holds for copying, should the session end. Null when there is nothing unsent in it. Not for passwords. */
export function useDraft(label: string, text: string | null): void {
  const { unsent } = useConnectionStore();
  const key = useId();
  useEffect(() => {
    unsent.setDraft(key, text === null || text === "" ? null : { label, text });
  }, [unsent, key, label, text]);
  useEffect(() => () => unsent.setDraft(key, null), [unsent, key]);
}
