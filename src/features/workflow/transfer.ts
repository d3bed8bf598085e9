/**
 * Workflows as files. What is exported is what a person would look at: the graph, its name and description, no people and no runs.
 * An import is checked to the last parameter before anything is stored, and each problem names its place as one would write it
 * in code: `nodes[3].parameters.url`.
 */
import { z } from "zod";
import { parameterProblems } from "#nodes/definitions.ts";
import { type Graph, graph, graphLimits, isUnsafeKey } from "#nodes/graph.ts";
import { AppError } from "#server/errors.ts";
import { checkGraph, type GraphProblem } from "./graph-rules.ts";
import type { WorkflowContent } from "./service.ts";
import { textProblem, workflowDescription, workflowName } from "./text.ts";

/** The format's version: readers refuse what they do not know. */
const FORMAT = 1;
/** Deeper nesting serves nobody, and whatever walks through it by recursion would fail. */
const MAX_DEPTH = 64;
/** Ten times what the largest graph needs; checking many more would hold up everybody else of this process. */
const MAX_VALUES = 50_000;
/** More than these help nobody at once; the rest shows after they are mended. */
const MAX_PROBLEMS = 20;

const file = graph.extend({
  heliograph: z.literal(FORMAT, `This is no workflow of version ${FORMAT}.`),
  name: workflowName,
  description: workflowDescription.default(""),
});

/** JSON text, indented for people. */
export function writeWorkflow({ name, description, graph: { nodes, edges } }: WorkflowContent): string {
  return `${JSON.stringify({ heliograph: FORMAT, name, description, nodes, edges }, null, 2)}\n`;
}

interface Problem {
  readonly path: string;
  readonly message: string;
}

/**
 * @param source JSON text, or what it stands for
 * @throws AppError INVALID, with `details.paths` and `details.problems` one to one
 */
export function readWorkflow(source: unknown): WorkflowContent {
  const value = typeof source === "string" ? parseText(source) : source;
  // Before anything looks at each of them, which the schema does even when there are too many.
  refuse(tooLong(value));
  // Next, because everything after it walks by recursion or writes into the database.
  refuse(unstorable(value));
  const parsed = file.safeParse(value);
  if (!parsed.success) throw refusal(parsed.error.issues.map(({ path, message }) => ({ path: pathText(path), message })));
  const { name, description, nodes, edges } = parsed.data;
  const content = { nodes, edges };
  refuse([...parametersOf(content), ...graphProblems(content)]);
  return { name, description, graph: content };
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\u{FEFF}/u, ""));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The engine's own words tell the place, by line and column or by what stands around it.
    throw new AppError("INVALID", `This is not JSON: ${error.message}.`, { details: { paths: [""], problems: [error.message] } });
  }
}

function tooLong(value: unknown): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(graphLimits).flatMap(([path, max]) => {
    const list: unknown = Reflect.get(value, path);
    return Array.isArray(list) && list.length > max ? [{ path, message: `These are ${list.length}; a workflow has at most ${max}.` }] : [];
  });
}

function unstorable(root: unknown): Problem[] {
  const problems: Problem[] = [];
  let count = 0;
  const open: { value: unknown; path: readonly (string | number)[] }[] = [{ value: root, path: [] }];
  for (let at = open.pop(); at !== undefined && problems.length < MAX_PROBLEMS; at = open.pop()) {
    const { value, path } = at;
    if (typeof value === "string") {
      const message = textProblem(value);
      if (message) problems.push({ path: pathText(path), message });
      continue;
    }
    if (value === null || typeof value !== "object") continue;
    if (path.length >= MAX_DEPTH) {
      problems.push({ path: pathText(path.slice(0, 4)), message: `This is nested more than ${MAX_DEPTH} levels deep.` });
      break;
    }
    count += Array.isArray(value) ? value.length : Object.keys(value).length;
    if (count > MAX_VALUES) {
      problems.push({ path: pathText(path.slice(0, 4)), message: `With this, the file holds more than ${MAX_VALUES} values.` });
      break;
    }
    for (const [key, each] of Object.entries(value).reverse()) {
      const message = isUnsafeKey(key) ? "Use other names than __proto__, constructor and prototype." : textProblem(key);
      if (message) problems.push({ path: pathText(path), message: `One of its names cannot be stored. ${message}` });
      open.push({ value: each, path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
  }
  return problems;
}

function parametersOf({ nodes }: Graph): Problem[] {
  return nodes.flatMap((node, index) =>
    parameterProblems(node).map(({ path, message }) => ({ path: `nodes[${index}].parameters${path && `.${path}`}`, message })),
  );
}

function graphProblems(content: Graph): Problem[] {
  return checkGraph(content).map((problem) => ({ path: placeOfProblem(content, problem), message: problem.message }));
}

function placeOfProblem({ nodes, edges }: Graph, problem: GraphProblem): string {
  switch (problem.code) {
    case "duplicateNode":
      return placeOf("nodes", nodes, problem.nodeId);
    case "cycle":
      return placeOf("nodes", nodes, problem.nodeIds[0]);
    case "duplicateEdge":
    case "danglingEdge":
      return placeOf("edges", edges, problem.edgeId);
  }
}

/** The last one with that id: of two, the second is the one too many. */
function placeOf(list: string, items: readonly { readonly id: string }[], id: string | undefined): string {
  return `${list}[${items.findLastIndex((item) => item.id === id)}]`;
}

const NAME = /^[A-Za-z_$][\w$]*$/;

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      const name = String(step);
      if (!NAME.test(name)) return `[${JSON.stringify(name.slice(0, 60).toWellFormed())}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw refusal(problems);
}

function refusal(problems: readonly Problem[]): AppError {
  const shown = problems.slice(0, MAX_PROBLEMS);
  const lines = shown.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  const more = problems.length > shown.length ? ` And ${problems.length - shown.length} more.` : "";
  return new AppError("INVALID", `This workflow cannot be imported. ${lines.join(" ")}${more}`, {
    details: { paths: shown.map(({ path }) => path), problems: shown.map(({ message }) => message) },
  });
}
