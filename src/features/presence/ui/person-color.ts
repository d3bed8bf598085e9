import type { CSSProperties } from "react";

/**
 * What the names of people's colours look like: dark enough for white text on them (AA), bright enough to be seen on either theme.
 * A colour is never alone: a name or initials go with it.
 */
const colors: Readonly<Record<string, string>> = {
  amber: "oklch(0.53 0.115 75)",
  orange: "oklch(0.53 0.14 48)",
  rose: "oklch(0.53 0.19 15)",
  pink: "oklch(0.53 0.19 350)",
  violet: "oklch(0.53 0.2 300)",
  indigo: "oklch(0.51 0.19 277)",
  blue: "oklch(0.53 0.16 255)",
  cyan: "oklch(0.51 0.1 220)",
  teal: "oklch(0.51 0.095 185)",
  green: "oklch(0.51 0.13 150)",
};

/** A CSS colour; text on it is white. A name that this page does not know yet is grey. */
export function personColor(name: string): string {
  return colors[name] ?? "oklch(0.5 0.01 286)";
}

/** For everything inside: `bg-(--person) text-(--on-person)`. */
export function personStyle(name: string): CSSProperties {
  const variables: Record<`--${string}`, string> = { "--person": personColor(name), "--on-person": "oklch(1 0 0)" };
  return variables;
}
