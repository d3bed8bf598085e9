import Link from "next/link";
import type { ReactNode } from "react";
import { AvatarStack } from "#ui/avatar-stack.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import type { WorkflowSummary } from "../events.ts";
import { ActiveSwitch } from "./active-switch.tsx";
import { roleWords } from "./role-words.ts";
import type { WorkflowDialog } from "./workflow-dialogs.tsx";
import { WorkflowMenu } from "./workflow-menu.tsx";

/** Narrow: the name and the menu above the last runs and the people. Wide: columns. */
export const rowColumns =
  "grid grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-4 lg:grid-cols-[minmax(0,1fr)_16.5rem_6rem_3.5rem_5.5rem_1.75rem]";

export interface WorkflowRowProps {
  item: WorkflowSummary;
  /** How it has been running. */
  runs: ReactNode;
  /** Beside the name: who is on it now. */
  here: ReactNode;
  onOpen: (dialog: WorkflowDialog) => void;
}

export function WorkflowRow({ item, runs, here, onOpen }: WorkflowRowProps) {
  return (
    <li className="relative overflow-hidden border-b border-line last:rounded-b-[5px] last:border-b-0 hover:bg-hover">
      <div className={`${rowColumns} px-4 py-2.5 max-lg:gap-y-2`}>
        <div className="min-w-0 max-lg:col-span-2">
          <div className="flex min-w-0 items-center gap-2">
            {/* The link covers its row, so that the row is one target and is still called by its name alone. */}
            <Link
              href={`/workflows/${item.id}`}
              data-row
              className="block truncate font-medium -outline-offset-2 after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
            >
              {item.name}
            </Link>
            <span className="shrink-0 text-xs text-muted">{roleWords[item.role]}</span>
            {here}
          </div>
          <p className="truncate text-xs text-muted" title={item.description}>
            {item.description || (item.nodeCount === 0 ? "No nodes yet" : `${item.nodeCount} nodes`)}
          </p>
        </div>
        <div className="min-w-0 overflow-hidden max-lg:order-1">{runs}</div>
        {/* What is over the row's link takes its own clicks. */}
        <div className="relative z-1 justify-self-start max-lg:order-1 max-lg:justify-self-end">
          <AvatarStack label="Members" people={item.members} count={item.memberCount} />
        </div>
        <div className="relative z-1 max-lg:order-1">
          <ActiveSwitch workflow={item} hideLabel />
        </div>
        <RelativeTime at={item.updatedAt} className="text-right text-xs tabular-nums text-muted max-lg:hidden" />
        <div className="relative z-1 justify-self-end">
          <WorkflowMenu workflow={item} onOpen={onOpen} />
        </div>
      </div>
    </li>
  );
}
