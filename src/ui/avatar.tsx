import { cx } from "./cx.ts";
import { personFill } from "./person-color.ts";

export interface AvatarProps {
  name: string;
  /** The name of the person's colour. Omitted, or not known here: grey. */
  color?: string | undefined;
  className?: string;
}

/** A person as initials. */
export function Avatar({ name, color, className }: AvatarProps) {
  const fill = color === undefined ? null : personFill(color);
  return (
    <span
      className={cx(
        "inline-flex size-6 shrink-0 select-none items-center justify-center rounded-full text-[11px] font-medium",
        fill ? `${fill} text-on-person` : "bg-active text-text",
        className,
      )}
    >
      {initialsOf(name) || "?"}
    </span>
  );
}

function initialsOf(name: string): string {
  return name
    .split(/\s+/)
    .flatMap((word) => word.match(/[\p{L}\p{N}]/u) ?? [])
    .slice(0, 2)
    .join("")
    .toUpperCase();
}
