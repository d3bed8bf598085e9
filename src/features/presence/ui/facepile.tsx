"use client";
import { Users } from "lucide-react";
import { useMemo } from "react";
import { Button } from "#ui/button.tsx";
import { useCommands } from "#ui/command-registry.tsx";
import { Popover } from "#ui/popover.tsx";
import { Tooltip } from "#ui/tooltip.tsx";
import { calledHere, devicesOf, type PersonHere, stateWord } from "./people.ts";
import { PeopleList } from "./people-list.tsx";
import { PersonAvatar } from "./person-avatar.tsx";
import { type Presence, usePresence } from "./workflow-presence.tsx";

const MAX_FACES = 4;

/** Who else is on this workflow: a face each, to click for following; the last button lists everybody, and who came and went. */
export function Facepile() {
  const presence = usePresence();
  return presence && (presence.people.length > 0 || presence.activity.entries.length > 0) ? <Faces presence={presence} /> : null;
}

function Faces({ presence }: { presence: Presence }) {
  const { people } = presence;
  const shown = people.slice(0, MAX_FACES);
  const more = people.length - shown.length;
  useFollowCommands(presence);
  return (
    <div className="flex items-center gap-1">
      <ul aria-label="Also on this workflow" className="flex items-center -space-x-1.5 max-md:hidden">
        {shown.map((person) => (
          <li key={person.userId} className="flex">
            <Face person={person} presence={presence} />
          </li>
        ))}
      </ul>
      <Popover
        title="On this workflow"
        trigger={
          <Button look="quiet" size="small" aria-label={`People: ${people.length} more here`} className="gap-1 px-1.5 tabular-nums">
            {more > 0 ? <span className="max-md:hidden">+{more}</span> : <Users className="max-md:hidden" />}
            <span className="flex items-center gap-1 md:hidden">
              <Users />
              {people.length}
            </span>
          </Button>
        }
      >
        <PeopleList presence={presence} />
      </Popover>
    </div>
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
        aria-label={`Follow ${calledHere(person)}`}
        aria-pressed={isLeader}
        data-state={person.state}
        onClick={() => toggle(person)}
        className="rounded-full ring-2 ring-surface hover:z-10 focus-visible:z-10 aria-pressed:z-10 aria-pressed:ring-text"
      >
        <PersonAvatar name={person.name} color={person.color} state={person.state} />
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
