import { expect, test } from "vitest";
import { failingDelivery, revenueByRegion } from "#features/workflow/examples.ts";
import { checkGraph } from "#features/workflow/graph-rules.ts";
import { parameterProblems } from "#nodes/definitions.ts";
import { type Graph, graph as graphSchema } from "#nodes/graph.ts";
import fc from "../../support/fast-check.ts";

function graphOf(nodes: readonly string[], edges: readonly string[]): Graph {
  return {
    nodes: nodes.map((id) => ({ id, type: "delay", name: id, position: { x: 0, y: 0 }, parameters: {} })),
    edges: edges.map((edge, index) => ({ id: `${index}`, source: edge.charAt(0), target: edge.charAt(1) })),
  };
}

const codes = (graph: Graph) => checkGraph(graph).map(({ code }) => code);

test("a graph whose edges lead forward is fine, also in parts and with a diamond", () => {
  expect(codes(graphOf(["a", "b", "c", "d", "x"], ["ab", "ac", "bd", "cd"]))).toEqual([]);
  expect(codes(graphOf([], []))).toEqual([]);
});

test("two nodes or edges of one name, a doubled connection, and an edge to nowhere are named", () => {
  expect(codes(graphOf(["a", "a"], []))).toEqual(["duplicateNode"]);
  expect(codes(graphOf(["a", "b"], ["ab", "ab"]))).toEqual(["duplicateEdge"]);
  expect(codes(graphOf(["a"], ["ax"]))).toEqual(["danglingEdge"]);
  const [problem] = checkGraph({
    ...graphOf(["a", "b"], ["ab"]),
    edges: ["ab", "ba"].map(() => ({ id: "same", source: "a", target: "b" })),
  });
  expect(problem).toMatchObject({ code: "duplicateEdge", edgeId: "same" });
});

test("a cycle is found with the nodes on it, and a node that waits for itself too", () => {
  expect(checkGraph(graphOf(["a", "b", "c", "d"], ["ab", "bc", "cb", "cd"]))).toMatchObject([{ code: "cycle", nodeIds: ["b", "c"] }]);
  expect(codes(graphOf(["a"], ["aa"]))).toEqual(["cycle"]);
});

test("edges that only lead to later nodes never make a cycle; one back along a path always does", () => {
  const forward = fc.uniqueArray(
    fc.tuple(fc.nat(7), fc.nat(7)).filter(([from, to]) => from < to),
    {
      minLength: 1,
      selector: ([from, to]) => `${from}${to}`,
    },
  );
  fc.assert(
    fc.property(forward, fc.nat(), (pairs, pick) => {
      const nodes = Array.from({ length: 8 }, (_, index) => `${index}`);
      const edges = pairs.map(([from, to]) => `${from}${to}`);
      expect(codes(graphOf(nodes, edges))).toEqual([]);
      const [from, to] = pairs[pick % pairs.length] ?? [0, 1];
      expect(codes(graphOf(nodes, [...edges, `${to}${from}`]))).toEqual(["cycle"]);
    }),
  );
});

test.each([revenueByRegion, failingDelivery])("the example workflow $name may run, and its nodes' parameters are valid", ({ graph }) => {
  expect(checkGraph(graphSchema.parse(graph))).toEqual([]);
  for (const node of graph.nodes) expect(parameterProblems(node)).toEqual([]);
});
