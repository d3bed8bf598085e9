"use client";
import { Announcer } from "#ui/announcer.tsx";
import { stateWords } from "#ui/state.ts";
import type { ExecutionView } from "../reduce.ts";
import { nodesOver } from "./nodes-over.ts";
import { isOver, stateOf } from "./state-of.ts";

/** Says to screen readers how the shown run stands. */
export function RunAnnouncer({ view }: { view: ExecutionView | undefined }) {
  if (!view) return null;
  const word = stateWords[stateOf(view.status)].toLowerCase();
  return <Announcer message={isOver(view.status) ? `Run ${word}` : `Run ${word}, ${nodesOver(view)} of ${view.order.length} nodes done`} />;
}
