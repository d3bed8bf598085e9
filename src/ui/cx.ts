import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

// `text-title` is a size here; without this, merging would take it for a colour and drop the real one.
const merge = extendTailwindMerge({ extend: { classGroups: { "font-size": ["text-title"] } } });

/** Joins class names; of two that set the same thing, the later one wins. */
export function cx(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
