"use client";
import { Ellipsis, Users } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { Button } from "#ui/button.tsx";
import type { ButtonLook } from "#ui/button-class.ts";
import { useCommands } from "#ui/command-registry.tsx";
import { Popover } from "#ui/popover.tsx";
import { Tooltip } from "#ui/tooltip.tsx";
import { calledHere, devicesOf, type PersonHere, stateWord } from "./people.ts";
import { PeopleList } from "./people-list.tsx";
import { PersonAvatar } from "./person-avatar.tsx";
import { type Presence, usePresence } from "./workflow-presence.tsx";

const MAX_FACES = 4;

/** Who else is on this workflow: a face each, to click for following; the last button lists everybody. For the top bar of wide screens. */
export function Facepile() {
  const presence = usePresence();
  return presence && hasPeople(presence) ? <Faces presence={presence} /> : null;
}

/** The same as one button, where there is no room for faces: over the canvas of narrow screens. */
export function PeopleButton({ presence }: { presence: Presence }) {
  if (!hasPeople(presence)) return null;
  return (
    <div className="absolute right-2 top-2 md:hidden">
      <PeoplePopover presence={presence} look="outline">
        <Users />
        {presence.people.length}
      </PeoplePopover>
    </div>
  );
}

function hasPeople({ people, activity }: Presence): boolean {
  return people.length > 0 || activity.entries.length > 0;
}

function Faces({ presence }: { presence: Presence }) {
  const { people } = presence;
  const shown = people.slice(0, MAX_FACES);
  const more = people.length - shown.length;
  useFollowCommands(presence);
  return (
    <div className="flex items-center gap-1 max-md:hidden">
      <ul aria-label="Also on this workflow" className="flex items-center -space-x-1.5">
        {shown.map((person) => (
          <li key={person.userId} className="flex">
            <Face person={person} presence={presence} />
          </li>
        ))}
      </ul>
      <PeoplePopover presence={presence} look="quiet">
        {more > 0 ? `+${more}` : <Users />}
      </PeoplePopover>
    </div>
  );
}

function PeoplePopover({ presence, look, children }: { presence: Presence; look: ButtonLook; children: ReactNode }) {
  const count = presence.people.length;
  return (
    <Popover
      title="On this workflow"
      trigger={
        <Button look={look} size="small" className="px-1.5 tabular-nums">
          <span aria-hidden className="flex items-center gap-1">
            {children}
          </span>
          <span className="sr-only">People: {count === 1 ? "1 other" : `${count} others`} here</span>
        </Button>
      }
    >
      <PeopleList presence={presence} />
    </Popover>
  );
}

function Face({ person, presence: { following } }: { person: PersonHere; presence: Presence }) {
  const { leader, toggle } = following;
  const isLeader = leader?.userId === person.userId;
  return (
    <Tooltip
      side="bottom"
      label={
        <>
          <strong className="font-medium">{calledHere(person)}</strong>
          {stateWord(person) ? ` · ${stateWord(person)}` : null}
          <br />
          {devicesOf(person).join(", ")}
          <br />
          {isLeader ? "Click to stop following" : "Click to follow"}
        </>
      }
    >
      <button
        type="button"
        aria-pressed={isLeader}
        data-state={person.state}
        onClick={() => toggle(person)}
        className="relative rounded-full ring-2 ring-surface hover:z-10 focus-visible:z-10 aria-pressed:z-10 aria-pressed:ring-text"
      >
        <PersonAvatar name={person.name} color={person.color} state={person.state} />
        <span className="sr-only">{[`Follow ${calledHere(person)}`, stateWord(person)].filter(Boolean).join(", ")}</span>
        {person.isTyping ? (
          <span
            aria-hidden
            className="absolute -bottom-1 -right-1 flex h-3 items-center rounded-full border border-line-strong bg-raised px-0.5"
          >
            <Ellipsis strokeWidth={2.5} className="size-2.5 animate-breathe" />
          </span>
        ) : null}
      </button>
    </Tooltip>
  );
}

/** The same for the keyboard: everybody here can be followed from the palette. */
function useFollowCommands({ people, following: { leader, toggle } }: Presence): void {
  const commands = useMemo(
    () =>
      people.map((person) => ({
        id: `follow-${person.userId}`,
        title: `${person.userId === leader?.userId ? "Stop following" : "Follow"} ${calledHere(person)}`,
        group: "People",
        icon: Users,
        run: () => toggle(person),
      })),
    [people, leader, toggle],
  );
  useCommands(commands);
}
