/** Where one can go in the app, in the order of the side bar. `/` leads to the first. */
import { Hash, type LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import { workflowsPlace } from "./workflows/place.tsx"; // demo

export interface Place {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** The key that goes there. */
  readonly key: string;
  /** What the side bar shows below it. */
  readonly Below?: ComponentType<{ hidden: boolean }>;
}

export const places: readonly [Place, ...Place[]] = [
  workflowsPlace, // demo
  { href: "/counter", label: "Counter", icon: Hash, key: "c" },
];
