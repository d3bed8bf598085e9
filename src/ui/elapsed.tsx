"use client";
import { formatDuration, formatElapsed } from "./format.ts";
import { useLiveNow } from "./live-now.ts";

/** How long something took, or, while `to` is null, has been taking. */
export function Elapsed({ from, to, className }: { from: Date; to: Date | null; className?: string }) {
  const now = useLiveNow(to === null ? 500 : null);
  return (
    <span className={className} suppressHydrationWarning>
      {to === null ? formatElapsed(now - from.getTime()) : formatDuration(to.getTime() - from.getTime())}
    </span>
  );
}
