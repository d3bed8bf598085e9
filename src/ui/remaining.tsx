"use client";
import { formatElapsed } from "./format.ts";
import { useLiveNow } from "./live-now.ts";

/** `about 6 s left`; nothing once the time expected is over, since nobody knows then. */
export function Remaining({ until }: { until: Date }) {
  const leftMs = until.getTime() - useLiveNow(1_000);
  return leftMs < 1_000 ? null : <span>about {formatElapsed(leftMs)} left</span>;
}
