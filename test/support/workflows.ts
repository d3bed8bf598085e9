import { createWorkflow } from "#features/workflow/index.ts";
import type { Graph } from "#nodes/graph.ts";
import type { Runtime } from "#server/runtime.ts";

const graph: Graph = {
  nodes: [{ id: "start", type: "manual", name: "Start", position: { x: 0, y: 0 }, parameters: {} }],
  edges: [],
};

/** A workflow of one node. @returns its id */
export async function createTestWorkflow(runtime: Runtime, owner: { readonly userId: string }, name = "Test"): Promise<string> {
  const members = [{ userId: owner.userId, role: "owner" as const }];
  const workflowId = await createWorkflow(runtime, { name, description: "", graph, members });
  if (workflowId === null) throw new Error("The workflow exists already.");
  return workflowId;
}
