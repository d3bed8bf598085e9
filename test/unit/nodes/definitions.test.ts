import { expect, test } from "vitest";
import { completeParameters, definitions, parameterProblems } from "#nodes/definitions.ts";
import { type Graph, graphNode, json, nodeTypes, sourcesOf, topologicalOrder } from "#nodes/graph.ts";
import { runners } from "#nodes/runners.ts";
import fc from "../../support/fast-check.ts";

test.each(nodeTypes)("%s has a form for every parameter, defaults, and code", (type) => {
  const { fields, parameters } = definitions[type];
  expect(Object.keys(fields)).toEqual(Object.keys(parameters.shape));
  expect(definitions[type].type).toBe(type);
  expect(runners[type]).toBeTypeOf("function");
  // What only a person can know may be missing, and nothing else.
  expect(parameterProblems({ type, parameters: {} }).map(({ path }) => path)).toEqual(type === "http.request" ? ["url"] : []);
});

test("wrong parameters are named by their path", () => {
  const parameters = { url: "ftp://example.com", pagination: { nextPath: "next", itemsPath: "a[", maxPages: 0 } };
  expect(parameterProblems({ type: "http.request", parameters }).map(({ path }) => path)).toEqual([
    "url",
    "pagination.itemsPath",
    "pagination.maxPages",
  ]);
});

test("an address that only looks like this app is none", () => {
  expect(parameterProblems({ type: "http.request", parameters: { url: "//example.com" } })).toHaveLength(1);
});

test("missing parameters are filled with defaults", () => {
  expect(completeParameters({ type: "delay", parameters: {} })).toEqual({ durationMs: 1_000 });
});

test("every node comes after those it waits for, in an order that depends on nothing but the graph", () => {
  const edges = fc.uniqueArray(
    fc.tuple(fc.nat(7), fc.nat(7)).filter(([a, b]) => a !== b),
    { selector: String, maxLength: 20 },
  );
  fc.assert(
    fc.property(edges, fc.boolean(), (pairs, acyclic) => {
      const graph: Graph = {
        nodes: Array.from({ length: 8 }, (_, n) => ({ id: `n${n}`, type: "delay", name: "", position: { x: 0, y: 0 }, parameters: {} })),
        edges: pairs
          .map(([a, b]) => (acyclic ? [Math.min(a, b), Math.max(a, b)] : [a, b]))
          .map(([a, b], index) => ({ id: `e${index}`, source: `n${a}`, target: `n${b}` })),
      };
      const order = topologicalOrder(graph).map(({ id }) => id);
      expect([...order].sort()).toEqual(graph.nodes.map(({ id }) => id));
      if (!acyclic) return;
      for (const [index, id] of order.entries())
        for (const source of sourcesOf(graph, id)) expect(order.indexOf(source)).toBeLessThan(index);
    }),
  );
});

test("names that superjson refuses are refused where they come in", () => {
  expect(json.safeParse([{ a: { constructor: 1 } }]).success).toBe(false);
  expect(json.safeParse([{ a: null }, "constructor"]).success).toBe(true);
  const node = { id: "a", type: "manual", name: "A", position: { x: 0, y: 0 }, parameters: {} };
  expect(
    ["a", "fetch-targets", "1_b", "constructor", "__proto__", "a>b", ""].filter((id) => graphNode.safeParse({ ...node, id }).success),
  ).toEqual(["a", "fetch-targets", "1_b"]);
});
