import { Avatar } from "#ui/avatar.tsx";
import { cx } from "#ui/cx.ts";
import type { PersonState } from "./people.ts";
import { personStyle } from "./person-color.ts";

/**
 * Somebody as initials on their colour; paler while idle, and only an outline while their connection has just gone. Not read out: the
 * name stands beside it, or is said instead.
 */
export function PersonAvatar({
  name,
  color,
  state = "active",
  className,
}: {
  name: string;
  color: string;
  state?: PersonState;
  className?: string;
}) {
  return (
    <span aria-hidden style={personStyle(color)} className="inline-flex">
      <Avatar
        name={name}
        className={cx(
          "border-2 border-(--person) bg-(--person) text-on-person transition-colors",
          state === "idle" && "bg-raised text-(--person) dark:text-text",
          state === "away" && "border-dashed bg-raised text-muted",
          className,
        )}
      />
    </span>
  );
}
