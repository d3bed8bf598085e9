import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { type State, stateText, stateWords } from "./state.ts";
import { StateIcon } from "./state-icon.tsx";

/** A state as icon and word. `children` replaces the word where a closer one exists ("Retrying in 2 s"). */
export function Badge({ state, children, className }: { state: State; children?: ReactNode; className?: string }) {
  return (
    <span className={cx("inline-flex items-center gap-1.5 whitespace-nowrap font-medium", stateText[state], className)}>
      <StateIcon state={state} decorative />
      {children ?? stateWords[state]}
    </span>
  );
}
