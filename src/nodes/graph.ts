/**
 * What a workflow is: nodes with parameters, and edges along which items flow. Browser-safe; stored as JSON and pinned by
 * every run, so a change here must keep reading what is already stored.
 */
import { z } from "zod";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
/** JSON that may travel: superjson refuses objects with these keys, because assigning them could change an object's prototype. */
export const json: z.ZodType<Json> = z
  .json()
  .refine((value) => !hasUnsafeKey(value as Json), "Use other names than __proto__, constructor and prototype.") as z.ZodType<Json>; // z.json() infers the same recursive shape under another name

export const isUnsafeKey = (key: string) => key === "__proto__" || key === "constructor" || key === "prototype";

function hasUnsafeKey(value: Json): boolean {
  if (value === null || typeof value !== "object") return false;
  if (Array.isArray(value)) return value.some(hasUnsafeKey);
  return Object.entries(value).some(([key, each]) => isUnsafeKey(key) || hasUnsafeKey(each));
}

/** One thing that flows along an edge. */
export type Item = Json;

export const nodeTypes = ["manual", "http.request", "transform", "filter", "delay", "fail"] as const;
export type NodeType = (typeof nodeTypes)[number];

/** Node ids are keys of objects in every view of a run. */
export const nodeId = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][\w-]*$/, "A node's id begins with a letter or digit and goes on with letters, digits, - and _.")
  .refine((id) => !isUnsafeKey(id));

export const graphNode = z.object({
  id: nodeId,
  type: z.enum(nodeTypes),
  name: z.string().min(1).max(120),
  position: z.object({ x: z.number(), y: z.number() }),
  parameters: z.record(
    z.string().refine((key) => !isUnsafeKey(key)),
    json,
  ),
  /** How often and how patiently a failed node is tried again; omitted: once. The wait doubles each time. */
  retry: z.object({ maxAttempts: z.int().min(1).max(10), delayMs: z.int().min(0).max(3_600_000) }).optional(),
  notes: z.string().max(4_000).optional(),
});
export type GraphNode = z.infer<typeof graphNode>;

export const graphEdge = z.object({
  id: z.string().min(1).max(64),
  source: nodeId,
  target: nodeId,
});
export type GraphEdge = z.infer<typeof graphEdge>;

export const graphLimits = { nodes: 500, edges: 2_000 };

export const graph = z.object({
  nodes: z.array(graphNode).max(graphLimits.nodes),
  edges: z.array(graphEdge).max(graphLimits.edges),
});
export type Graph = z.infer<typeof graph>;

/** The ids of the nodes whose items flow into `nodeId`, in the order of the edges, each once. */
export function sourcesOf(graph: Graph, nodeId: string): string[] {
  return [...new Set(graph.edges.filter((edge) => edge.target === nodeId).map((edge) => edge.source))];
}

/**
 * The nodes so that each comes after those it waits for; among equals the order of the graph, so every process says the same.
 * Nodes of a cycle come last, in the graph's order: a list stays complete even for a graph that may not run.
 */
export function topologicalOrder(graph: Graph): GraphNode[] {
  const waitingFor = new Map(graph.nodes.map((node) => [node.id, new Set(sourcesOf(graph, node.id))]));
  const rest = [...graph.nodes];
  const ordered: GraphNode[] = [];
  while (rest.length > 0) {
    const next = rest.findIndex((node) => waitingFor.get(node.id)?.size === 0);
    const [node] = rest.splice(next, 1);
    if (next < 0 || !node) return [...ordered, ...graph.nodes.filter((each) => !ordered.includes(each))];
    ordered.push(node);
    for (const sources of waitingFor.values()) sources.delete(node.id);
  }
  return ordered;
}
