import { Avatar } from "./avatar.tsx";
import { cx } from "./cx.ts";

export interface StackedPerson {
  readonly userId: string;
  readonly name: string;
  readonly color: string;
}

export interface AvatarStackProps {
  label: string;
  people: readonly StackedPerson[];
  count: number;
  /** As high as a line of text. */
  small?: boolean;
}

/** The first few of `count` people as overlapping initials, and how many more there are. Read out, it is their names. */
export function AvatarStack({ label, people, count, small = false }: AvatarStackProps) {
  const more = count - people.length;
  const names = people.map(({ name }) => name).join(", ");
  const text = `${label}: ${names}${more > 0 ? ` and ${more} more` : ""}`;
  return (
    <span role="img" aria-label={text} title={text} className="inline-flex items-center">
      {people.map(({ userId, name, color }) => (
        <Avatar
          key={userId}
          name={name}
          color={color}
          className={cx("-ml-0.5 ring-1 ring-raised first:ml-0", small && "size-4.5 text-[9px]")}
        />
      ))}
      {more > 0 ? <span className="ml-1.5 text-xs tabular-nums text-muted">+{more}</span> : null}
    </span>
  );
}
