import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { workflowExamples } from "#features/workflow/examples.ts";
import { readWorkflow, writeWorkflow } from "#features/workflow/transfer.ts";
import { definitions } from "#nodes/definitions.ts";
import { type Graph, isUnsafeKey, nodeTypes } from "#nodes/graph.ts";
import { AppError } from "#server/errors.ts";

const text = (maxLength: number) => fc.string({ unit: "grapheme", maxLength }).filter((value) => !value.includes("\0"));
const key = text(12).filter((value) => !isUnsafeKey(value));
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Object.is(value, -0)),
    text(20),
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(key, tie("json"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Valid parameters, and some that the node's type does not know. */
const parameters = {
  manual: fc.record({ items: fc.array(json, { maxLength: 3 }), extra: json }, { requiredKeys: [] }),
  "http.request": fc.record(
    { url: fc.constant("https://example.com/a?b=ü"), body: json, timeoutMs: fc.integer({ min: 100, max: 1_000 }) },
    { requiredKeys: ["url"] },
  ),
  transform: fc.record(
    { expression: fc.constantFrom("$", "{ 'a': 1 }"), mode: fc.constantFrom("perItem", "allItems") },
    { requiredKeys: [] },
  ),
  filter: fc.record({ expression: fc.constant("true") }, { requiredKeys: [] }),
  delay: fc.record({ durationMs: fc.integer({ min: 0, max: 1_000 }) }, { requiredKeys: [] }),
  fail: fc.record({ untilAttempt: fc.integer({ min: 1, max: 10 }) }, { requiredKeys: [] }),
};

const node = fc.constantFrom(...nodeTypes).chain((type) =>
  fc.record(
    {
      type: fc.constant(type),
      name: text(30).filter((name) => name.length > 0),
      position: fc.record({ x: fc.integer(), y: fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((y) => !Object.is(y, -0)) }),
      parameters: parameters[type],
      retry: fc.record({ maxAttempts: fc.integer({ min: 1, max: 10 }), delayMs: fc.integer({ min: 0, max: 1_000 }) }),
      notes: text(50),
    },
    { requiredKeys: ["type", "name", "position", "parameters"] },
  ),
);

/** Edges lead forward, each pair once, so there is no cycle. */
const graph: fc.Arbitrary<Graph> = fc
  .tuple(fc.array(node, { maxLength: 6 }), fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), { selector: ([a, b]) => `${a}-${b}` }))
  .map(([nodes, pairs]) => ({
    // The arbitraries give every JSON value as `unknown`.
    nodes: nodes.map((each, index) => ({ ...each, id: `n${index}` })) as Graph["nodes"],
    edges: pairs
      .filter(([from, to]) => from < to && to < nodes.length)
      .map(([from, to]) => ({ id: `${from}>${to}`, source: `n${from}`, target: `n${to}` })),
  }));

test("[WFL6] importing what was exported gives the same graph, name and description", () => {
  fc.assert(
    fc.property(graph, text(40), (graph, description) => {
      const content = { name: "A name", description, graph };
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
    expect(readWorkflow(sound()).graph.nodes).toHaveLength(4);
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

test("every type of node is in what the property is about", () => {
  expect(Object.keys(parameters).sort()).toEqual(Object.keys(definitions).sort());
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
