import { Box, Braces, CirclePlay, Funnel, Globe, Hourglass, type LucideIcon, type LucideProps, OctagonAlert } from "lucide-react";

/** The icons that data can name, in lucide's spelling. Listed, so that a page carries these and not all 1,700. */
const icons: Readonly<Record<string, LucideIcon>> = {
  braces: Braces,
  "circle-play": CirclePlay,
  funnel: Funnel,
  globe: Globe,
  hourglass: Hourglass,
  "octagon-alert": OctagonAlert,
};

/** An icon by its name; one that is not listed here is a plain box. */
export function NamedIcon({ name, ...props }: LucideProps & { name: string }) {
  const Icon = icons[name] ?? Box;
  return <Icon aria-hidden strokeWidth={1.5} {...props} />;
}
