"use client";
import { X } from "lucide-react";
import { personStyle } from "./person-color.ts";
import type { Presence } from "./workflow-presence.tsx";

/** Says on the canvas whose view it shows, and how many others show this one. */
export function FollowFrame({ presence: { following } }: { presence: Presence }) {
  const { leader, followers, stop } = following;
  if (!leader && followers.length === 0) return null;
  return (
    <div
      className="pointer-events-none absolute inset-0 border-2 border-transparent data-[following=true]:border-(--person)"
      data-following={leader !== null}
      style={leader ? personStyle(leader.color) : undefined}
    >
      <div className="flex justify-center gap-1.5">
        {leader ? (
          <button
            type="button"
            onClick={stop}
            className="pointer-events-auto flex bg-(--person) text-on-person h-6 items-center gap-1.5 rounded-b-sm px-2 text-xs font-medium -outline-offset-2"
          >
            Following {leader.name} · Esc
            <X aria-hidden className="size-3.5" />
            <span className="sr-only">Stop following</span>
          </button>
        ) : null}
        {followers.length > 0 ? (
          <span className="flex h-6 items-center rounded-b-sm bg-ink px-2 text-xs font-medium tabular-nums text-on-ink">
            {followers.length === 1 ? "1 follows you" : `${followers.length} follow you`}
          </span>
        ) : null}
      </div>
    </div>
  );
}
