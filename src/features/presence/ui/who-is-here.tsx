"use client";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "#client/trpc.ts";
import { hereLoader } from "./here-loader.ts";
import { PersonAvatar } from "./person-avatar.tsx";

/** A list is glanced at; whoever opens the workflow is told at once. */
const LOOK_AGAIN_MS = 4_000;
const MAX_FACES = 3;

/** Who is on a workflow now, small, for a row in a list. Nothing while nobody is. */
export function WhoIsHere({ workflowId }: { workflowId: string }) {
  const api = useApi();
  const { data: people = [] } = useQuery({
    queryKey: ["presence", "here", workflowId],
    queryFn: () => hereLoader(api).load(workflowId),
    refetchInterval: LOOK_AGAIN_MS,
    staleTime: LOOK_AGAIN_MS,
  });
  if (people.length === 0) return null;
  const names = new Intl.ListFormat("en").format(people.map(({ name }) => name));
  return (
    <span role="img" aria-label={`Here now: ${names}`} title={names} className="flex items-center -space-x-1.5">
      {people.slice(0, MAX_FACES).map(({ userId, name, color }) => (
        <PersonAvatar key={userId} name={name} color={color} className="size-5 text-[10px] ring-2 ring-raised" />
      ))}
      {people.length > MAX_FACES ? <span className="pl-2.5 text-xs tabular-nums text-muted">+{people.length - MAX_FACES}</span> : null}
    </span>
  );
}
