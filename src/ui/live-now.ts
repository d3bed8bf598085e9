"use client";
/** The clock of what happens elsewhere: it stands still while nothing can be known of it. */
import { createContext, useContext, useEffect, useState } from "react";
import { useNow } from "./use-now.ts";

/** When what is shown stopped being live, by `Date.now()`; null while it is. A bar that went on growing would claim to know. */
export const LostContext = createContext<number | null>(null);

/** The value for `LostContext`. */
export function useLostAt(isLive: boolean): number | null {
  const [lostAt, setLostAt] = useState<number | null>(null);
  useEffect(() => setLostAt(isLive ? null : Date.now()), [isLive]);
  return lostAt;
}

/** Like `useNow`, but it stops where the connection was lost, also for what is only shown after that. */
export function useLiveNow(intervalMs: number | null): number {
  const lostAt = useContext(LostContext);
  const now = useNow(lostAt === null ? intervalMs : null);
  return lostAt ?? now;
}
