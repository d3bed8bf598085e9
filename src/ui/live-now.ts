"use client";
/** The clock of what happens elsewhere: it stands still while nothing can be known of it. */
import { createContext, useContext } from "react";
import { useNow } from "./use-now.ts";

/** Whether what is shown is live now. False while the connection is away: a bar that goes on growing would claim to know. */
export const LiveContext = createContext(true);

/** Like `useNow`, but it stops where the connection was lost. */
export function useLiveNow(intervalMs: number | null): number {
  return useNow(useContext(LiveContext) ? intervalMs : null);
}
