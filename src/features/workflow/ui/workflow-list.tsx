"use client";
import { Search, Workflow } from "lucide-react";
import Link from "next/link";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import { errorText } from "#client/error-code.ts";
import { type RouterOutputs, trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { useCommands } from "#ui/command-registry.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { inputClass } from "#ui/input.tsx";
import { Kbd } from "#ui/kbd.tsx";
import { LoadingRegion } from "#ui/loading-region.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { Skeleton } from "#ui/skeleton.tsx";

type WorkflowSummary = RouterOutputs["workflow"]["list"]["items"][number];

const columns = "grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-6 lg:grid-cols-[minmax(0,1fr)_17rem_6rem]";

/** All workflows one can see. `runs` fills the column that tells how each has been running. */
export function WorkflowList({ runs }: { runs: (workflowId: string) => ReactNode }) {
  const list = trpc.workflow.list.useQuery();
  const [filter, setFilter] = useState("");
  const search = useRef<HTMLInputElement>(null);
  const rows = useRef<HTMLUListElement>(null);
  useCommands([
    {
      id: "filter-workflows",
      title: "Filter the workflows",
      group: "Workflows",
      icon: Search,
      key: "/",
      run: () => search.current?.focus(),
    },
  ]);

  if (list.isError) {
    return (
      <ErrorState title="The workflows cannot be read" action={<Button onClick={() => void list.refetch()}>Try again</Button>}>
        Nothing was lost; they are stored on the server. {errorText(list.error)}
      </ErrorState>
    );
  }
  const items = list.data?.items;
  if (items?.length === 0) {
    return (
      <EmptyState icon={<Workflow />} title="No workflows yet">
        A workflow is a graph of steps that runs on the server while everyone watches. When someone adds you to one, it stands here.
      </EmptyState>
    );
  }
  const found = items?.filter((item) => `${item.name} ${item.description}`.toLowerCase().includes(filter.trim().toLowerCase()));
  const links = () => [...(rows.current?.querySelectorAll("a") ?? [])];

  return (
    <div className="flex flex-col gap-3">
      <div className="relative w-full sm:w-72">
        <Search aria-hidden strokeWidth={1.5} className="pointer-events-none absolute left-2.5 top-2 size-4 text-muted" />
        <input
          ref={search}
          type="search"
          aria-label="Filter the workflows"
          placeholder="Filter"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown" || event.key === "Enter") {
              event.preventDefault();
              if (event.key === "Enter") links()[0]?.click();
              else links()[0]?.focus();
            } else if (event.key === "Escape") {
              setFilter("");
              event.currentTarget.blur();
            }
          }}
          className={`${inputClass} pl-8 pr-9 [&::-webkit-search-cancel-button]:hidden`}
        />
        {filter ? null : (
          <span aria-hidden className="pointer-events-none absolute right-2 top-1.5 max-md:hidden">
            <Kbd>/</Kbd>
          </span>
        )}
      </div>
      <div className="rounded-md border border-line bg-raised">
        <div aria-hidden className={`${columns} h-8 border-b border-line px-4 text-xs text-muted max-lg:hidden`}>
          <span>Name</span>
          <span>Last runs</span>
          <span className="text-right">Updated</span>
        </div>
        {found === undefined ? (
          <ListSkeleton />
        ) : found.length === 0 ? (
          <p className="px-4 py-6 text-center text-muted">No workflow has “{filter.trim()}” in its name or description.</p>
        ) : (
          <ul ref={rows} onKeyDown={(event) => moveFocus(event, links())}>
            {found.map((item) => (
              <WorkflowRow key={item.id} item={item} runs={runs(item.id)} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function WorkflowRow({ item, runs }: { item: WorkflowSummary; runs: ReactNode }) {
  return (
    <li className="relative border-b border-line last:border-b-0 hover:bg-hover">
      <div className={`${columns} px-4 py-2.5 max-lg:gap-y-2`}>
        <div className="min-w-0 max-lg:col-span-2">
          {/* The link covers its row, so that the row is one target and is still called by its name alone. */}
          <Link
            href={`/workflows/${item.id}`}
            className="block truncate font-medium -outline-offset-2 after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
          >
            {item.name}
          </Link>
          <p className="truncate text-xs text-muted" title={item.description}>
            {item.description || `${item.nodeCount} nodes`}
          </p>
        </div>
        <div className="min-w-0 overflow-hidden">{runs}</div>
        <RelativeTime at={item.updatedAt} className="text-right text-xs tabular-nums text-muted max-lg:hidden" />
      </div>
    </li>
  );
}

function ListSkeleton() {
  return (
    <LoadingRegion label="Loading workflows">
      {[44, 36, 52].map((width) => (
        <div key={width} className={`${columns} border-b border-line px-4 py-2.5 last:border-b-0`}>
          <div className="flex flex-col gap-1.5 max-lg:col-span-2">
            <Skeleton className="h-4" style={{ width: `${width}%` }} />
            <Skeleton className="h-3.5 w-3/4" />
          </div>
          <Skeleton className="h-5 w-48 max-w-full" />
        </div>
      ))}
    </LoadingRegion>
  );
}

function moveFocus(event: KeyboardEvent, links: HTMLAnchorElement[]) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const at = links.findIndex((link) => link.matches(":focus"));
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}
