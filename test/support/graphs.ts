/** Graphs for properties: everything that a stored workflow can hold. */
import { type Graph, isUnsafeKey, type NodeType, nodeTypes } from "#nodes/graph.ts";
import fc from "./fast-check.ts";

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

/** Valid parameters, and some that the node's type does not know. A type without a line here does not compile. */
const parameters: Record<NodeType, fc.Arbitrary<object>> = {
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

/** A graph that may be stored. Its edges lead forward, each pair once, so there is no cycle. */
export const anyGraph: fc.Arbitrary<Graph> = fc
  .tuple(fc.array(node, { maxLength: 6 }), fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), { selector: ([a, b]) => `${a}-${b}` }))
  .map(([nodes, pairs]) => ({
    // The arbitraries give every JSON value as `unknown`.
    nodes: nodes.map((each, index) => ({ ...each, id: `n${index}` })) as Graph["nodes"],
    edges: pairs
      .filter(([from, to]) => from < to && to < nodes.length)
      .map(([from, to]) => ({ id: `${from}>${to}`, source: `n${from}`, target: `n${to}` })),
  }));
