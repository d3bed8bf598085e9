/** The fill behind a person's initials, by the name of their colour. Whole class names, so that Tailwind finds them. */
const fills: Readonly<Record<string, string>> = {
  amber: "bg-person-amber",
  orange: "bg-person-orange",
  rose: "bg-person-rose",
  pink: "bg-person-pink",
  violet: "bg-person-violet",
  indigo: "bg-person-indigo",
  blue: "bg-person-blue",
  cyan: "bg-person-cyan",
  teal: "bg-person-teal",
  green: "bg-person-green",
};

/** Their names, neighbours side by side. */
export const personColors: readonly string[] = Object.keys(fills);

/** Null for a name that this page does not know: a newer server's. */
export function personFill(color: string): string | null {
  return Object.hasOwn(fills, color) ? (fills[color] ?? null) : null;
}
