"use client";
import { formatAbsolute, formatRelative } from "./format.ts";
import { useNow } from "./use-now.ts";

/** `3 min. ago`, with the exact time on hover. */
export function RelativeTime({ at, className }: { at: Date; className?: string }) {
  // While it counts seconds it says each, so that two of the same moment differ by a second at most.
  const now = useNow(Date.now() - at.getTime() < 60_000 ? 1_000 : 10_000);
  return (
    // The server cannot know the reader's clock or time zone, so the first client render may differ.
    <time suppressHydrationWarning dateTime={at.toISOString()} title={formatAbsolute(at)} className={className}>
      {formatRelative(at, now)}
    </time>
  );
}
