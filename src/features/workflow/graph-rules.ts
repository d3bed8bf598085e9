/** What a graph must satisfy beyond its shape before it is stored or run. Pure. */
import { parameterProblems } from "#nodes/definitions.ts";
import type { Graph } from "#nodes/graph.ts";

export type GraphProblem =
  | { readonly code: "duplicateNode"; readonly nodeId: string; readonly message: string }
  | { readonly code: "duplicateEdge"; readonly edgeId: string; readonly message: string }
  | { readonly code: "danglingEdge"; readonly edgeId: string; readonly message: string }
  | { readonly code: "cycle"; readonly nodeIds: readonly string[]; readonly message: string };

/** Every problem of the graph; empty when it may run. */
export function checkGraph(graph: Graph): GraphProblem[] {
  const problems: GraphProblem[] = [];
  const nodeIds = new Set<string>();
  for (const { id } of graph.nodes) {
    if (nodeIds.has(id)) problems.push({ code: "duplicateNode", nodeId: id, message: `Two nodes have the id "${id}".` });
    nodeIds.add(id);
  }
  const edgeIds = new Set<string>();
  const pairs = new Set<string>();
  for (const { id, source, target } of graph.edges) {
    const pair = JSON.stringify([source, target]);
    if (edgeIds.has(id)) problems.push({ code: "duplicateEdge", edgeId: id, message: `Two edges have the id "${id}".` });
    else if (pairs.has(pair))
      problems.push({ code: "duplicateEdge", edgeId: id, message: `"${source}" and "${target}" are connected twice.` });
    edgeIds.add(id);
    pairs.add(pair);
    const missing = [source, target].filter((end) => !nodeIds.has(end));
    if (missing.length > 0)
      problems.push({
        code: "danglingEdge",
        edgeId: id,
        message: `Edge "${id}" ends at "${missing.join('" and "')}", which is not a node.`,
      });
  }
  const cyclic = nodesInCycles(graph);
  if (cyclic.length > 0)
    problems.push({ code: "cycle", nodeIds: cyclic, message: `These nodes wait for each other: ${cyclic.join(", ")}.` });
  return problems;
}

/** Why nobody can run it now, in one sentence or two; null when it can be run. */
export function whyNotRunnable(graph: Graph): string | null {
  if (graph.nodes.length === 0) return "It has no nodes yet.";
  const [problem] = checkGraph(graph);
  if (problem) return problem.message;
  for (const node of graph.nodes) {
    const [wrong] = parameterProblems(node);
    if (wrong) return `Node "${node.name}", ${wrong.path || "settings"}: ${wrong.message}`;
  }
  return null;
}

/** Takes away, again and again, the nodes that nothing leads to, then those that lead to nothing: what stays is on or between cycles. */
function nodesInCycles({ nodes, edges }: Graph): string[] {
  const forward = edges.map(({ source, target }) => ({ from: source, to: target }));
  const backward = edges.map(({ source, target }) => ({ from: target, to: source }));
  const kept = peel(new Set(nodes.map(({ id }) => id)), forward);
  return [...peel(kept, backward)];
}

function peel(nodeIds: ReadonlySet<string>, edges: readonly { readonly from: string; readonly to: string }[]): Set<string> {
  const left = new Set(nodeIds);
  const incoming = new Map<string, number>();
  const outgoing = new Map<string, string[]>();
  for (const { from, to } of edges) {
    if (!left.has(from) || !left.has(to)) continue;
    incoming.set(to, (incoming.get(to) ?? 0) + 1);
    outgoing.set(from, [...(outgoing.get(from) ?? []), to]);
  }
  const free = [...left].filter((id) => !incoming.get(id));
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    left.delete(id);
    for (const to of outgoing.get(id) ?? []) {
      const rest = (incoming.get(to) ?? 0) - 1;
      incoming.set(to, rest);
      if (rest === 0) free.push(to);
    }
  }
  return left;
}
