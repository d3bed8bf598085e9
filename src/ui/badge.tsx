import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { type State, stateText, stateWords } from "./state.ts";
import { StateIcon } from "./state-icon.tsx";

export interface BadgeProps {
  state: State;
  /** Replaces the word where a closer one exists ("Retrying in 2 s"). */
  children?: ReactNode;
  /** On narrow screens the icon alone; the word is still read out. */
  compact?: boolean;
  className?: string;
}

/** A state as icon and word. */
export function Badge({ state, children, compact = false, className }: BadgeProps) {
  return (
    <span className={cx("inline-flex items-center gap-1.5 whitespace-nowrap font-medium", stateText[state], className)}>
      <StateIcon state={state} decorative />
      <span className={compact ? "max-sm:sr-only" : undefined}>{children ?? stateWords[state]}</span>
    </span>
  );
}
