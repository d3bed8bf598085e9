"use client";
import { Check, History } from "lucide-react";
import { Badge } from "#ui/badge.tsx";
import { Button } from "#ui/button.tsx";
import { Elapsed } from "#ui/elapsed.tsx";
import { Menu, MenuItem, MenuNote } from "#ui/menu.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import type { ExecutionSummary } from "../events.ts";
import { stateOf } from "./state-of.ts";

export interface RunHistoryProps {
  runs: readonly ExecutionSummary[];
  shownId: string | null;
  onShow: (executionId: string) => void;
}

/** Picks which run is shown. */
export function RunHistory({ runs, shownId, onShow }: RunHistoryProps) {
  return (
    <Menu
      trigger={
        <Button look="quiet" size="small">
          <History />
          <span className="max-sm:sr-only">Runs</span>
        </Button>
      }
    >
      {runs.length === 0 ? <MenuNote>This workflow has not run yet.</MenuNote> : null}
      {runs.slice(0, 20).map((run) => (
        <MenuItem key={run.executionId} onSelect={() => onShow(run.executionId)}>
          <span className="flex w-76 items-center gap-3 whitespace-nowrap text-xs tabular-nums">
            <Badge state={stateOf(run.status)} className="w-24 shrink-0" />
            <Elapsed from={run.startedAt ?? run.createdAt} to={run.finishedAt} className="w-16 shrink-0 text-right" />
            <RelativeTime at={run.createdAt} className="flex-1 text-right text-muted" />
            <span className="w-4 shrink-0">{run.executionId === shownId ? <Check aria-label="Shown" /> : null}</span>
          </span>
        </MenuItem>
      ))}
    </Menu>
  );
}
