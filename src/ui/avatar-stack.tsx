import { Avatar } from "./avatar.tsx";

export interface StackedPerson {
  readonly userId: string;
  readonly name: string;
  readonly color: string;
}

/** The first few of `count` people as overlapping initials, and how many more there are. Read out, it is their names. */
export function AvatarStack({ label, people, count }: { label: string; people: readonly StackedPerson[]; count: number }) {
  const more = count - people.length;
  const names = people.map(({ name }) => name).join(", ");
  const text = `${label}: ${names}${more > 0 ? ` and ${more} more` : ""}`;
  return (
    <span role="img" aria-label={text} title={text} className="inline-flex items-center">
      {people.map(({ userId, name, color }) => (
        <Avatar key={userId} name={name} color={color} className="-ml-0.5 ring-1 ring-raised first:ml-0" />
      ))}
      {more > 0 ? <span className="ml-1.5 text-xs tabular-nums text-muted">+{more}</span> : null}
    </span>
  );
}
