"use client";
import { Plus, Search, Workflow } from "lucide-react";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, type ReactNode, type RefObject, useRef, useState } from "react";
import { errorText } from "#client/error-code.ts";
import { Button } from "#ui/button.tsx";
import { useCommands } from "#ui/command-registry.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { inputClass } from "#ui/input.tsx";
import { Kbd } from "#ui/kbd.tsx";
import { LoadingRegion } from "#ui/loading-region.tsx";
import { Skeleton } from "#ui/skeleton.tsx";
import type { WorkflowSummary } from "../events.ts";
import { NewWorkflowDialog } from "./new-workflow-dialog.tsx";
import { useWorkflowList } from "./use-workflow-list.ts";
import { type WorkflowDialog, WorkflowDialogs } from "./workflow-dialogs.tsx";
import { rowColumns, WorkflowRow } from "./workflow-row.tsx";

/** All workflows one can see, live, and the ways to make one. `runs` fills the column that tells how each has been running, `here` says who is on it. */
export function WorkflowList({ runs, here }: Record<"runs" | "here", (workflowId: string) => ReactNode>) {
  const router = useRouter();
  const { items, error, retry } = useWorkflowList();
  const [filter, setFilter] = useState("");
  const [making, setMaking] = useState(false);
  const [opened, setOpened] = useState<{ item: WorkflowSummary; dialog: WorkflowDialog | null } | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const rows = useRef<HTMLUListElement>(null);
  const make = () => setMaking(true);
  useCommands([
    { id: "new-workflow", title: "New workflow", group: "Workflows", icon: Plus, key: "n", keywords: ["create", "import"], run: make },
    {
      id: "filter-workflows",
      title: "Filter the workflows",
      group: "Workflows",
      icon: Search,
      key: "/",
      run: () => search.current?.focus(),
    },
  ]);
  const found = items?.filter((item) => `${item.name} ${item.description}`.toLowerCase().includes(filter.trim().toLowerCase()));
  const links = () => [...(rows.current?.querySelectorAll<HTMLAnchorElement>("a[data-row]") ?? [])];
  const dialogs = (
    <>
      <NewWorkflowDialog open={making} onOpenChange={setMaking} onCreated={(workflowId) => router.push(`/workflows/${workflowId}`)} />
      {opened ? (
        <WorkflowDialogs workflow={opened.item} open={opened.dialog} onOpenChange={(dialog) => setOpened({ ...opened, dialog })} />
      ) : null}
    </>
  );

  if (error) {
    return (
      <ErrorState title="The workflows cannot be read" action={<Button onClick={retry}>Try again</Button>}>
        Nothing was lost; they are stored on the server. {errorText(error)}
      </ErrorState>
    );
  }
  if (items?.length === 0) {
    return (
      <>
        <EmptyState
          icon={<Workflow />}
          title="No workflows yet"
          action={
            <Button look="ink" onClick={make}>
              <Plus />
              Make the first one
            </Button>
          }
        >
          A workflow is a graph of steps that runs on the server while everyone watches. Begin with an example; what others share with you
          stands here, too.
        </EmptyState>
        {dialogs}
      </>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center justify-between gap-3">
        <FilterField
          field={search}
          value={filter}
          onChange={setFilter}
          onOpen={() => links()[0]?.click()}
          onEnterList={() => links()[0]?.focus()}
        />
        <Button look="ink" onClick={make}>
          <Plus />
          New
          <span className="sr-only"> workflow</span>
        </Button>
      </div>
      <div className="rounded-md border border-line bg-raised">
        <div aria-hidden className={`${rowColumns} h-8 border-b border-line px-4 text-xs text-muted max-lg:hidden`}>
          <span>Name</span>
          <span>Last runs</span>
          <span>Members</span>
          <span>Active</span>
          <span className="text-right">Updated</span>
        </div>
        {found === undefined ? (
          <ListSkeleton />
        ) : found.length === 0 ? (
          <p className="px-4 py-6 text-center text-muted">No workflow has “{filter.trim()}” in its name or description.</p>
        ) : (
          <ul ref={rows} onKeyDown={(event) => moveFocus(event, links())}>
            {found.map((item) => (
              <WorkflowRow
                key={item.id}
                item={item}
                runs={runs(item.id)}
                here={here(item.id)}
                onOpen={(dialog) => setOpened({ item, dialog })}
              />
            ))}
          </ul>
        )}
      </div>
      {dialogs}
    </div>
  );
}

interface FilterFieldProps {
  field: RefObject<HTMLInputElement | null>;
  value: string;
  onChange: (value: string) => void;
  onOpen: () => void;
  onEnterList: () => void;
}

function FilterField({ field, value, onChange, onOpen, onEnterList }: FilterFieldProps) {
  const press = (key: string, input: HTMLInputElement) => {
    if (key === "ArrowDown") onEnterList();
    else if (key === "Enter") onOpen();
    else if (key !== "Escape") return false;
    else {
      onChange("");
      input.blur();
    }
    return true;
  };
  return (
    <div className="relative w-full sm:w-72">
      <Search aria-hidden strokeWidth={1.5} className="pointer-events-none absolute inset-y-0 left-2.5 my-auto size-4 text-muted" />
      <input
        ref={field}
        type="search"
        aria-label="Filter the workflows"
        placeholder="Filter"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (press(event.key, event.currentTarget)) event.preventDefault();
        }}
        className={`${inputClass} pl-8 pr-9 [&::-webkit-search-cancel-button]:hidden`}
      />
      {value ? null : (
        <span aria-hidden className="pointer-events-none absolute right-2 top-1.5 max-md:hidden">
          <Kbd>/</Kbd>
        </span>
      )}
    </div>
  );
}

function ListSkeleton() {
  return (
    <LoadingRegion label="Loading workflows">
      {[44, 36, 52].map((width) => (
        <div key={width} className={`${rowColumns} border-b border-line px-4 py-2.5 last:border-b-0`}>
          <div className="flex flex-col gap-1.5 max-lg:col-span-3">
            <Skeleton className="h-4" style={{ width: `${width}%` }} />
            <Skeleton className="h-3.5 w-3/4" />
          </div>
          <Skeleton className="h-5 w-48 max-w-full max-lg:mt-2" />
          <Skeleton className="h-6 w-12 rounded-full max-lg:hidden" />
          <Skeleton className="h-4.5 w-8 rounded-full max-lg:hidden" />
        </div>
      ))}
    </LoadingRegion>
  );
}

function moveFocus(event: KeyboardEvent, links: HTMLAnchorElement[]) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  // In a row's menu or switch the arrows are theirs.
  const at = links.findIndex((link) => link.matches(":focus"));
  if (step === 0 || at < 0) return;
  event.preventDefault();
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}
