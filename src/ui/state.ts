/** The states anything in the interface can be in. One colour, one icon and one word each, everywhere. */
export const states = ["queued", "running", "waiting", "success", "failed", "cancelled", "skipped"] as const;
export type State = (typeof states)[number];

export const stateWords: Record<State, string> = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  success: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
  skipped: "Skipped",
};

/** Spelled out, because Tailwind only keeps class names it can read in the source. */
export const stateText: Record<State, string> = {
  queued: "text-queued",
  running: "text-running",
  waiting: "text-waiting",
  success: "text-success",
  failed: "text-failed",
  cancelled: "text-cancelled",
  skipped: "text-skipped",
};

export const stateFill: Record<State, string> = {
  queued: "bg-line-strong",
  running: "bg-amber",
  waiting: "bg-waiting",
  success: "bg-success",
  failed: "bg-failed",
  cancelled: "bg-cancelled",
  skipped: "bg-line-strong",
};

export const stateBorder: Record<State, string> = {
  queued: "border-line",
  running: "border-amber",
  waiting: "border-waiting",
  success: "border-success",
  failed: "border-failed",
  cancelled: "border-cancelled",
  skipped: "border-line",
};
