import { describe, expect, test } from "vitest";
import { workflowExamples } from "#features/workflow/examples.ts";
import { readWorkflow, writeWorkflow } from "#features/workflow/transfer.ts";
import { AppError } from "#server/errors.ts";
import fc from "../../support/fast-check.ts";
import { anyGraph } from "../../support/graphs.ts";

test("[WFL6] importing what was exported gives the same graph, name and description", () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const content = { name: "A name", description: "What it is for.", graph };
      expect(readWorkflow(writeWorkflow(content))).toEqual(content);
      // Also when something in between has parsed it.
      expect(readWorkflow(JSON.parse(writeWorkflow(content)))).toEqual(content);
    }),
  );
});

test.each(workflowExamples)("[WFL6] the example $name survives it too", ({ name, description, graph }) => {
  expect(readWorkflow(writeWorkflow({ name, description, graph }))).toEqual({ name, description, graph });
});

interface Broken {
  readonly what: string;
  readonly change: (file: FileOf) => unknown;
  readonly paths: readonly string[];
  readonly message: RegExp;
}
interface FileOf {
  heliograph: number;
  name: string;
  nodes: Record<string, unknown>[];
  edges: Record<string, unknown>[];
}

const place = { x: 0, y: 0 };
const sound = (): FileOf => ({
  heliograph: 1,
  name: "Sound",
  nodes: [
    { id: "a", type: "manual", name: "A", position: place, parameters: {} },
    { id: "b", type: "delay", name: "B", position: place, parameters: {} },
    { id: "c", type: "delay", name: "C", position: place, parameters: {} },
    { id: "d", type: "http.request", name: "D", position: place, parameters: { url: "https://example.com" } },
  ],
  edges: [{ id: "e", source: "a", target: "b" }],
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

const broken: Broken[] = [
  {
    what: "a parameter that is missing",
    change: (file) => ({ ...file, nodes: file.nodes.with(3, { ...file.nodes[3], parameters: {} }) }),
    paths: ["nodes[3].parameters.url"],
    message: /nodes\[3\]\.parameters\.url: /,
  },
  {
    what: "a parameter deep inside",
    change: (file) => ({
      ...file,
      nodes: file.nodes.with(3, {
        ...file.nodes[3],
        parameters: { url: "https://example.com", pagination: { nextPath: "next", itemsPath: "items", maxPages: 0 } },
      }),
    }),
    paths: ["nodes[3].parameters.pagination.maxPages"],
    message: /pagination\.maxPages/,
  },
  {
    what: "an unknown type of node, and a node without a name",
    change: (file) => ({
      ...file,
      nodes: [
        { ...file.nodes[0], type: "magic" },
        { ...file.nodes[1], name: "" },
      ],
    }),
    paths: ["nodes[0].type", "nodes[1].name"],
    message: /nodes\[0\]\.type: .*nodes\[1\]\.name: /s,
  },
  {
    what: "an edge to nowhere",
    change: (file) => ({ ...file, edges: [...file.edges, { id: "f", source: "a", target: "zzz" }] }),
    paths: ["edges[1]"],
    message: /edges\[1\]: .*zzz/,
  },
  {
    what: "two nodes of one id",
    change: (file) => ({ ...file, nodes: [...file.nodes, file.nodes[1]] }),
    paths: ["nodes[4]"],
    message: /Two nodes/,
  },
  {
    what: "a cycle",
    change: (file) => ({
      ...file,
      edges: [
        { id: "1", source: "b", target: "c" },
        { id: "2", source: "c", target: "b" },
      ],
    }),
    paths: ["nodes[1]"],
    message: /wait for each other/,
  },
  {
    what: "another file altogether",
    change: () => ({ hello: "world" }),
    paths: ["nodes", "edges", "heliograph", "name"],
    message: /nodes: /,
  },
  {
    what: "a description of more than 2,000 characters",
    change: (file) => ({ ...file, description: "x".repeat(2_001) }),
    paths: ["description"],
    message: /description: A description has at most 2000 characters/,
  },
  { what: "a list", change: () => [], paths: [""], message: /./ },
  { what: "another version", change: (file) => ({ ...file, heliograph: 2 }), paths: ["heliograph"], message: /version 1/ },
  {
    what: "NUL in an expression",
    change: (file) => ({ ...file, nodes: file.nodes.with(0, { ...file.nodes[0], parameters: { items: ["a", { "b c": "x\0y" }] } }) }),
    paths: ['nodes[0].parameters.items[1]["b c"]'],
    message: /NUL/,
  },
  {
    what: "half a character in the name of a field",
    change: (file) => ({ ...file, nodes: file.nodes.with(0, { ...file.nodes[0], parameters: { "\ud800": 1 } }) }),
    paths: ["nodes[0].parameters"],
    message: /half a character/,
  },
  {
    what: "a name that could change a prototype",
    change: (file) => ({
      ...file,
      nodes: file.nodes.with(
        0,
        JSON.parse('{"id":"a","type":"manual","name":"A","position":{"x":0,"y":0},"parameters":{"items":[{"__proto__":1}]}}'),
      ),
    }),
    paths: ["nodes[0].parameters.items[0]"],
    message: /__proto__/,
  },
  {
    what: "nesting without end",
    change: (file) => ({ ...file, nodes: file.nodes.with(0, { ...file.nodes[0], parameters: { items: nested(50_000) } }) }),
    paths: ["nodes[0].parameters.items"],
    message: /levels deep/,
  },
];

describe("[WFL6] what cannot be imported is refused with its place", () => {
  test("what the others are made from can be", () => {
    expect(readWorkflow({ ...sound(), description: "x".repeat(2_000) }).graph.nodes).toHaveLength(4);
  });

  test.each(broken)("$what", ({ change, paths, message }) => {
    const refusal = refusalOf(() => readWorkflow(change(sound())));
    expect(refusal.code).toBe("INVALID");
    expect(refusal.message).toMatch(message);
    expect(refusal.details?.paths).toEqual(paths);
    expect(refusal.details?.problems).toHaveLength(paths.length);
  });

  test.each([
    ['{"heliograph": 1,\n  "name": }', /line 2|"name": }/],
    ["", /end of JSON/],
    ["<html>", /<html>/],
  ])("text that is no JSON: %j", (source, message) => {
    expect(refusalOf(() => readWorkflow(source))).toMatchObject({ code: "INVALID", message: expect.stringMatching(message) });
  });

  test("at most twenty problems at once", () => {
    const nodes = Array.from({ length: 50 }, () => ({ id: "!" }));
    const refusal = refusalOf(() => readWorkflow({ ...sound(), nodes }));
    expect(refusal.details?.paths).toHaveLength(20);
    expect(refusal.message).toMatch(/And \d+ more\.$/);
  });
});

function refusalOf(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}
