"use client";
/** What the nodes gave out and what went into them, one node at a time, as a table or as JSON. */
import { Download, PackageOpen } from "lucide-react";
import { useEffect, useState } from "react";
import { errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { buttonClass } from "#ui/button-class.ts";
import { cx } from "#ui/cx.ts";
import { DataTable } from "#ui/data-table.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { formatItems } from "#ui/format.ts";
import { JsonView } from "#ui/json-view.tsx";
import { LoadingRegion } from "#ui/loading-region.tsx";
import { Skeleton } from "#ui/skeleton.tsx";
import type { ExecutionView, NodeView } from "../reduce.ts";

const shapes = ["Table", "JSON"] as const;
type Shape = (typeof shapes)[number];
const sides = ["Output", "Input"] as const;
type Side = (typeof sides)[number];

const selectClass = "h-7 min-w-0 rounded-md border border-line-strong bg-raised px-1.5 text-xs text-text";

export function Results({
  view,
  selectedNodeId,
  onSelectNode,
}: {
  view: ExecutionView;
  selectedNodeId: string | null;
  onSelectNode: (nodeId: string) => void;
}) {
  const [shape, setShape] = useState<Shape>("Table");
  const [side, setSide] = useState<Side>("Output");
  const ended = view.order.flatMap((nodeId) => (view.nodes[nodeId] && hasItems(view.nodes[nodeId]) ? [view.nodes[nodeId]] : []));
  const node =
    ended.find(({ nodeId }) => nodeId === selectedNodeId) ?? ended.findLast(({ status }) => status === "success") ?? ended.at(-1);
  if (!node) {
    return (
      <EmptyState icon={<PackageOpen />} title="No results yet">
        A node's items stand here as soon as it has finished.
      </EmptyState>
    );
  }
  return (
    <div className="flex min-h-0 flex-col">
      <div className="sticky top-0 left-0 z-10 flex min-h-10 flex-wrap items-center justify-between gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-1">
        <div className="flex min-w-0 items-center gap-2 text-xs text-muted">
          <select
            aria-label="What is shown of the node"
            value={side}
            onChange={(event) => setSide(sides.find((each) => each === event.target.value) ?? "Output")}
            className={cx(selectClass, "shrink-0")}
          >
            {sides.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
          of
          <select
            aria-label="Node"
            value={node.nodeId}
            onChange={(event) => onSelectNode(event.target.value)}
            className={cx(selectClass, "max-w-56")}
          >
            {ended.map(({ nodeId, name }) => (
              <option key={nodeId} value={nodeId}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <fieldset className="flex gap-1">
          <legend className="sr-only">Show as</legend>
          {shapes.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={shape === each}
              onClick={() => setShape(each)}
              className={buttonClass("quiet", "small", cx(shape === each && "bg-active text-text"))}
            >
              {each}
            </button>
          ))}
        </fieldset>
      </div>
      <NodeItems key={node.nodeId} executionId={view.id} node={node} side={side} shape={shape} />
    </div>
  );
}

/** It has ended, so what went in and what came out is stored and stays as it is; unless another worker tries it once more. */
function hasItems({ status }: NodeView): boolean {
  return status === "success" || status === "error" || status === "cancelled";
}

interface NodeItemsProps {
  executionId: string;
  node: NodeView;
  side: Side;
  shape: Shape;
}

function NodeItems({ executionId, node, side, shape }: NodeItemsProps) {
  const output = trpc.execution.output.useInfiniteQuery(
    { executionId, nodeId: node.nodeId },
    {
      staleTime: Number.POSITIVE_INFINITY,
      getNextPageParam: ({ total, input }, pages) => {
        const next = pages.reduce((sum, page) => sum + Math.max(page.items.length, page.input.items.length), 0);
        return next < Math.max(total, input.total) ? next : undefined;
      },
    },
  );
  const { refetch } = output;
  const [first] = output.data?.pages ?? [];
  // Read while an earlier attempt was the last one.
  const outdated = node.status === "success" && first !== undefined && first.attempt !== node.attempts.at(-1)?.attempt;
  useEffect(() => {
    if (outdated) void refetch();
  }, [outdated, refetch]);
  if (output.isPending) {
    return (
      <LoadingRegion label="Loading results" className="flex flex-col gap-2 p-4">
        {[80, 64, 72, 56].map((width) => (
          <Skeleton key={width} className="h-4" style={{ width: `${width}%` }} />
        ))}
      </LoadingRegion>
    );
  }
  if (output.isError) {
    return (
      <ErrorState title="The results cannot be shown" action={<Button onClick={() => void output.refetch()}>Try again</Button>}>
        They are stored with the run; nothing was lost. {errorText(output.error)}
      </ErrorState>
    );
  }
  const pages = output.data.pages.map((page) => (side === "Output" ? page : page.input));
  const items = pages.flatMap((page) => page.items);
  const total = pages[0]?.total ?? 0;
  if (items.length === 0) {
    return (
      <EmptyState icon={<PackageOpen />} title="No items">
        {side === "Input"
          ? `Nothing went into ${node.name}.`
          : node.status === "success"
            ? `${node.name} finished and gave out nothing.`
            : `${node.name} ended before it gave anything out. What went in is under Input.`}
      </EmptyState>
    );
  }
  return (
    <>
      <div className="flex h-8 items-center justify-between gap-3 px-4 text-xs text-muted">
        <span className="flex items-center gap-2 tabular-nums">
          {items.length < total ? `First ${formatItems(items.length)} of ${total.toLocaleString("en")}` : formatItems(total)}
          {items.length < total && (
            <Button look="quiet" size="small" busy={output.isFetchingNextPage} onClick={() => void output.fetchNextPage()}>
              Show more
            </Button>
          )}
        </span>
        <a
          href={`data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(items, null, 2))}`}
          download={`${node.name}${side === "Input" ? " (input)" : ""}.json`}
          className={buttonClass("quiet", "small")}
        >
          <Download />
          Save
        </a>
      </div>
      {shape === "Table" ? (
        <DataTable rows={items} caption={`${side} of ${node.name}`} />
      ) : (
        <JsonView value={items} className="px-4 pb-4" />
      )}
    </>
  );
}
