"use client";
/** What the nodes gave out, one node at a time, as a table or as JSON. */
import { Download, PackageOpen } from "lucide-react";
import { useState } from "react";
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

export function Results({
  view,
  selectedNodeId,
  onSelectNode,
}: {
  view: ExecutionView;
  selectedNodeId: string | null;
  onSelectNode: (nodeId: string) => void;
}) {
  const [shape, setShape] = useState<(typeof shapes)[number]>("Table");
  const done = view.order.flatMap((nodeId) => (view.nodes[nodeId]?.status === "success" ? [view.nodes[nodeId]] : []));
  const node = done.find(({ nodeId }) => nodeId === selectedNodeId) ?? done.at(-1);
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
        <label className="flex min-w-0 items-center gap-2 text-xs text-muted">
          Output of
          <select
            value={node.nodeId}
            onChange={(event) => onSelectNode(event.target.value)}
            className="h-7 min-w-0 max-w-56 rounded-md border border-line-strong bg-raised px-1.5 text-xs text-text"
          >
            {done.map(({ nodeId, name }) => (
              <option key={nodeId} value={nodeId}>
                {name}
              </option>
            ))}
          </select>
        </label>
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
      <NodeOutput key={node.nodeId} executionId={view.id} node={node} shape={shape} />
    </div>
  );
}

function NodeOutput({ executionId, node, shape }: { executionId: string; node: NodeView; shape: (typeof shapes)[number] }) {
  const output = trpc.execution.output.useQuery({ executionId, nodeId: node.nodeId }, { staleTime: Number.POSITIVE_INFINITY });
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
  const { items, total } = output.data;
  if (items.length === 0) {
    return (
      <EmptyState icon={<PackageOpen />} title="No items">
        {node.name} finished and gave out nothing.
      </EmptyState>
    );
  }
  return (
    <>
      <div className="flex h-8 items-center justify-between gap-3 px-4 text-xs text-muted">
        <span className="tabular-nums">
          {items.length < total ? `First ${formatItems(items.length)} of ${total.toLocaleString("en")}` : formatItems(total)}
        </span>
        <a
          href={`data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(items, null, 2))}`}
          download={`${node.name}.json`}
          className={buttonClass("quiet", "small")}
        >
          <Download />
          Save
        </a>
      </div>
      {shape === "Table" ? (
        <div className="px-1">
          <DataTable rows={items} caption={`Output of ${node.name}`} />
        </div>
      ) : (
        <JsonView value={items} className="px-4 pb-4" />
      )}
    </>
  );
}
