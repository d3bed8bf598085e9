/** Numbers and times in words. One place, so that a duration looks the same wherever it stands. */

const count = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export function formatCount(value: number): string {
  return count.format(value);
}

/** `1 item`, `200 items`. */
export function formatItems(value: number, noun = "item"): string {
  return `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A length of time, short: `420 ms`, `3.4 s`, `2 min 05 s`, `1 h 02 min`. Negative lengths (clocks differ) count as zero. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < 1_000) return `${Math.round(length)} ms`;
  if (length < 59_950) return `${(length / 1_000).toFixed(1)} s`;
  const seconds = Math.round(length / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A length of time that is still growing: whole seconds, so that it counts instead of flickering. */
export function formatElapsed(ms: number): string {
  const length = Math.max(0, ms);
  return length < 60_000 ? `${Math.floor(length / 1_000)} s` : formatDuration(length);
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

export function formatRelative(at: Date, now: number): string {
  const seconds = Math.min(0, Math.round((at.getTime() - now) / 1_000));
  if (seconds > -5) return "just now";
  if (seconds > -60) return relative.format(seconds, "second");
  if (seconds > -3_600) return relative.format(Math.ceil(seconds / 60), "minute");
  if (seconds > -86_400) return relative.format(Math.ceil(seconds / 3_600), "hour");
  return relative.format(Math.ceil(seconds / 86_400), "day");
}

const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

export function formatAbsolute(at: Date): string {
  return absolute.format(at);
}

/** Time of day with milliseconds, for logs: `14:03:07.250`. */
export function formatClock(at: Date): string {
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
}
