"use client";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "#client/trpc.ts";
import { AvatarStack } from "#ui/avatar-stack.tsx";
import { hereLoader } from "./here-loader.ts";

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
  return (
    <span className="inline-flex shrink-0 items-center gap-1.5 whitespace-nowrap text-xs text-muted">
      <AvatarStack small label="Here now" people={people.slice(0, MAX_FACES)} count={people.length} />
      <span aria-hidden>here now</span>
    </span>
  );
}
