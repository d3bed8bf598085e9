import { cx } from "./cx.ts";

/** A person as initials. */
export function Avatar({ name, className }: { name: string; className?: string }) {
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
  return (
    <span
      className={cx("inline-flex size-6 items-center justify-center rounded-full bg-active text-[11px] font-medium text-text", className)}
    >
      {initials || "?"}
    </span>
  );
}
