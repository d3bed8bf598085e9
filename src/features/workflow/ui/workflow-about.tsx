import type { ReactNode } from "react";
import { formatItems } from "#ui/format.ts";
import { RelativeTime } from "#ui/relative-time.tsx";
import type { WorkflowView } from "../reduce.ts";
import { ActiveSwitch } from "./active-switch.tsx";
import { roleWords } from "./role-words.ts";

/** What the inspector shows while no node is chosen. */
export function WorkflowAbout({ workflow }: { workflow: WorkflowView }) {
  const { nodes, edges } = workflow.graph;
  return (
    <div className="flex flex-col gap-3">
      <h2 className="text-sm font-medium">About this workflow</h2>
      {workflow.description ? <p>{workflow.description}</p> : null}
      <dl className="flex flex-col gap-2 text-xs">
        <Fact label="Graph">
          {formatItems(nodes.length, "node")}, {formatItems(edges.length, "edge")}
        </Fact>
        <Fact label="Your role">{roleWords[workflow.role]}</Fact>
        <div className="text-text">
          <ActiveSwitch workflow={workflow} />
        </div>
        <Fact label="Updated">
          <RelativeTime at={workflow.updatedAt} />
        </Fact>
      </dl>
      <p className="text-xs text-muted">Choose a node to see what it is set to do and what it last gave out.</p>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted">{label}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  );
}
