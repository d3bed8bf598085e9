import { cx } from "./cx.ts";
import { type State, stateFill } from "./state.ts";

/** How far something is. `total` null means unknown: the bar breathes instead of filling. */
export function ProgressBar({
  label,
  done,
  total,
  state = "running",
  className,
}: {
  label: string;
  done: number;
  total: number | null;
  state?: State;
  className?: string;
}) {
  const share = total === null ? null : total === 0 ? 1 : Math.min(1, done / total);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total ?? undefined}
      aria-valuenow={share === null ? undefined : Math.min(done, total ?? done)}
      className={cx("h-1 overflow-hidden rounded-full bg-active", className)}
    >
      <div
        className={cx("h-full origin-left rounded-full transition-transform", stateFill[state], share === null && "animate-breathe")}
        style={{ transform: `scaleX(${share ?? 1})` }}
      />
    </div>
  );
}
