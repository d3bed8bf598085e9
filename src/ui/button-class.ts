import { cx } from "./cx.ts";

const looks = {
  ink: "bg-ink text-on-ink hover:opacity-88 active:opacity-80",
  outline: "border border-line-strong bg-raised text-text hover:bg-hover active:bg-active",
  quiet: "text-muted hover:bg-hover hover:text-text active:bg-active data-[popup-open]:bg-hover data-[popup-open]:text-text",
  danger: "border border-line-strong bg-raised text-failed hover:bg-failed-soft",
} as const;

// A finger needs more room than a pointer.
const sizes = {
  small: "h-7 gap-1.5 px-2 text-xs pointer-coarse:h-9",
  medium: "h-8 gap-1.5 px-3 text-sm pointer-coarse:h-10",
  icon: "size-8 pointer-coarse:size-10",
  iconSmall: "size-7 pointer-coarse:size-9",
} as const;

export type ButtonLook = keyof typeof looks;
export type ButtonSize = keyof typeof sizes;

/** How a button looks, for links that look like one. */
export function buttonClass(look: ButtonLook = "outline", size: ButtonSize = "medium", className?: string): string {
  return cx(
    "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md font-medium transition-colors",
    "disabled:opacity-45 data-[disabled]:opacity-45 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:stroke-[1.5]",
    looks[look],
    sizes[size],
    className,
  );
}
