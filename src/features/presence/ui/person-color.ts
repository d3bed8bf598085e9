import type { CSSProperties } from "react";

/** The theme's colour of that name; grey for one that this page does not know yet. */
export function personColor(name: string): string {
  return `var(--person-${name}, oklch(0.5 0.01 286))`;
}

/** For everything inside: `bg-(--person) text-on-person`. */
export function personStyle(name: string): CSSProperties {
  const variables: Record<`--${string}`, string> = { "--person": personColor(name) };
  return variables;
}
