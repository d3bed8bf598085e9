"use client";
import { LogIn, LogOut } from "lucide-react";
import { Button } from "#ui/button.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { calledHere, devicesOf, type PersonHere, stateWord } from "./people.ts";
import { PersonAvatar } from "./person-avatar.tsx";
import type { Presence } from "./workflow-presence.tsx";

/** Everybody on the workflow with what they are on, and who came and went since this page was opened. */
export function PeopleList({ presence }: { presence: Presence }) {
  const { people, activity } = presence;
  return (
    <div className="flex flex-col gap-3 text-sm">
      {people.length > 0 ? (
        <ul aria-label="People" className="-mx-1 flex max-h-64 flex-col overflow-y-auto scroll-quiet">
          {people.map((person) => (
            <PersonRow key={person.userId} person={person} presence={presence} />
          ))}
        </ul>
      ) : (
        <p className="text-muted">Nobody else is here now.</p>
      )}
      {activity.entries.length > 0 ? (
        <section aria-label="Came and went" className="border-t border-line pt-2">
          <h3 className="mb-1 text-xs text-muted">Since you opened it</h3>
          <ul className="flex max-h-40 flex-col overflow-y-auto scroll-quiet">
            {activity.entries.map(({ id, what, name, at }) => (
              <li key={id} className="flex h-7 shrink-0 items-center gap-2 text-xs">
                {what === "joined" ? (
                  <LogIn aria-hidden strokeWidth={1.5} className="size-3.5 shrink-0 text-muted" />
                ) : (
                  <LogOut aria-hidden strokeWidth={1.5} className="size-3.5 shrink-0 text-muted" />
                )}
                <span className="min-w-0 flex-1 truncate">
                  {name} {what}
                </span>
                <RelativeTime at={at} className="shrink-0 tabular-nums text-muted" />
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}

function PersonRow({ person, presence: { following } }: { person: PersonHere; presence: Presence }) {
  const { leader, toggle } = following;
  const isLeader = leader?.userId === person.userId;
  const devices = devicesOf(person).join(", ");
  const word = stateWord(person);
  return (
    <li className="flex min-h-11 shrink-0 items-center gap-2 rounded-sm px-1">
      <PersonAvatar name={person.name} color={person.color} state={person.state} />
      <span className="flex min-w-0 flex-1 flex-col">
        <span className="truncate">{calledHere(person)}</span>
        <span className="truncate text-xs text-muted" title={devices}>
          {word ? `${word} · ` : ""}
          {devices}
        </span>
      </span>
      <Button
        look="quiet"
        size="small"
        aria-label={isLeader ? `Stop following ${calledHere(person)}` : `Follow ${calledHere(person)}`}
        onClick={() => toggle(person)}
      >
        {isLeader ? "Stop" : "Follow"}
      </Button>
    </li>
  );
}
