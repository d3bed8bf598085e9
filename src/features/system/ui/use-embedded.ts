"use client";
import { useSyncExternalStore } from "react";

const never = () => () => {};

/** Whether this page stands inside the split view, which has the frame around it. */
export function useEmbedded(): boolean {
  return useSyncExternalStore(
    never,
    () => window.parent !== window,
    () => false,
  );
}
