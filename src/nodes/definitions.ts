/** Every node type there is, for palettes and forms. A new type: its folder, one line here, one in `runners.ts`. Browser-safe. */
import { z } from "zod";
import type { NodeDefinition } from "./definition.ts";
import { delay } from "./delay/definition.ts";
import { fail } from "./fail/definition.ts";
import { filter } from "./filter/definition.ts";
import type { GraphNode, NodeType } from "./graph.ts";
import { httpRequest } from "./http-request/definition.ts";
import { manual } from "./manual/definition.ts";
import { transform } from "./transform/definition.ts";

export const definitions: { readonly [Type in NodeType]: NodeDefinition<Type> } = {
  manual,
  "http.request": httpRequest,
  transform,
  filter,
  delay,
  fail,
};

/** What is wrong with a node's parameters, in words, by parameter path ("pagination.maxPages"); empty when nothing is. */
export function parameterProblems(node: Pick<GraphNode, "type" | "parameters">): { path: string; message: string }[] {
  const parsed = definitions[node.type].parameters.safeParse(node.parameters);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
}

/** The parameters as the node will run with them: what is missing is filled with defaults. Throws zod's error when they are wrong. */
export function completeParameters(node: Pick<GraphNode, "type" | "parameters">): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(definitions[node.type].parameters.parse(node.parameters));
}
