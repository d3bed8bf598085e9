import { Ban, CircleCheck, CircleDashed, CircleDot, CircleX, Hourglass, type LucideIcon, SkipForward } from "lucide-react";
import { cx } from "./cx.ts";
import { type State, stateText, stateWords } from "./state.ts";

const icons: Record<State, LucideIcon> = {
  queued: CircleDashed,
  running: CircleDot,
  waiting: Hourglass,
  success: CircleCheck,
  failed: CircleX,
  cancelled: Ban,
  skipped: SkipForward,
};

/** A state as an icon. It carries its word for screen readers unless `decorative`, for when the word stands beside it. */
export function StateIcon({ state, decorative = false, className }: { state: State; decorative?: boolean; className?: string }) {
  const Icon = icons[state];
  return (
    <Icon
      {...(decorative ? { "aria-hidden": true } : { role: "img", "aria-label": stateWords[state] })}
      strokeWidth={1.5}
      className={cx("size-4 shrink-0", stateText[state], state === "running" && "animate-breathe", className)}
    />
  );
}
