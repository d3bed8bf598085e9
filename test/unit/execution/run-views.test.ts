/** What the run page draws is computed from a run's view alone; these hold the computation. */
import { expect, test } from "vitest";
import { type ExecutionEvent, initialExecutionView, reduceExecution } from "#features/execution/reduce.ts";
import { logOf } from "#features/execution/ui/log-model.ts";
import { runShare } from "#features/execution/ui/run-share.ts";
import { timelineOf } from "#features/execution/ui/timeline-model.ts";
import type { Graph } from "#nodes/graph.ts";

const QUEUED_AT = Date.parse("2026-01-05T09:00:00Z");
const at = (ms: number) => new Date(QUEUED_AT + ms);
const node = (id: string) => ({ id, type: "transform" as const, name: id, position: { x: 0, y: 0 }, parameters: {} });
const graph: Graph = { nodes: [node("a"), node("b")], edges: [{ id: "a-b", source: "a", target: "b" }] };

const begun: ExecutionEvent[] = [
  {
    type: "executionQueued",
    at: at(0),
    data: {
      workflowId: "w",
      workflowName: "Orders",
      startedBy: { userId: "u", name: "Ada" },
      nodes: graph.nodes.map(({ id, name, type }) => ({ nodeId: id, name, nodeType: type })),
    },
  },
  { type: "executionStarted", at: at(100), data: { fence: 1, workerId: "one" } },
  { type: "nodeStarted", at: at(150), data: { nodeId: "a", attempt: 1, inputCount: 0 } },
];
const failedOnce: ExecutionEvent[] = [
  ...begun,
  { type: "nodeFailed", at: at(400), data: { nodeId: "a", attempt: 1, error: { code: "X", message: "No answer." }, nextRetryMs: 1_000 } },
];
const finished: ExecutionEvent[] = [
  ...failedOnce,
  { type: "nodeStarted", at: at(1_400), data: { nodeId: "a", attempt: 2, inputCount: 0 } },
  { type: "nodeFinished", at: at(2_000), data: { nodeId: "a", attempt: 2, itemCount: 3 } },
  { type: "nodeStarted", at: at(2_100), data: { nodeId: "b", attempt: 1, inputCount: 3 } },
  { type: "nodeFinished", at: at(3_000), data: { nodeId: "b", attempt: 1, itemCount: 1 } },
  { type: "executionFinished", at: at(3_050), data: { status: "success", error: null } },
];
const viewAfter = (events: readonly ExecutionEvent[]) => events.reduce(reduceExecution, initialExecutionView("run"));
const rowsAfter = (events: readonly ExecutionEvent[], nowMs: number) => timelineOf(viewAfter(events), graph, QUEUED_AT + nowMs).rows;

test("a running node grows until now; one that lacks its input has no place in time", () => {
  expect(rowsAfter(begun, 350)).toMatchObject([
    { nodeId: "a", state: "running", queued: { from: 100, to: 150 }, ran: { from: 150, to: 350 } },
    { nodeId: "b", state: "queued", queued: null, ran: null },
  ]);
});

test("a node that waits to be tried again has a row for the attempt to come", () => {
  expect(rowsAfter(failedOnce, 900)).toMatchObject([
    { key: "a:1", state: "failed", ran: { from: 150, to: 400 } },
    { key: "a:2", state: "waiting", again: true, queued: { from: 400, to: 900 }, ran: null },
    { key: "b:1" },
  ]);
});

test("a finished run is drawn without a clock: gaps between attempts, waits for input, nothing after its end", () => {
  const timeline = timelineOf(viewAfter(finished), graph, QUEUED_AT + 99_999_999);
  expect(timeline).toMatchObject({ queued: { from: 0, to: 100 }, endMs: 3_050, nowMs: null });
  expect(timeline.rows).toMatchObject([
    { key: "a:1", ran: { from: 150, to: 400 } },
    { key: "a:2", queued: { from: 400, to: 1_400 }, ran: { from: 1_400, to: 2_000 } },
    { key: "b:1", queued: { from: 2_000, to: 2_100 }, ran: { from: 2_100, to: 3_000 } },
  ]);
  expect(timeline).toEqual(timelineOf(viewAfter(finished), graph, QUEUED_AT));
});

test("a reader's clock that is behind the server's draws nothing after now", () => {
  const timeline = timelineOf(viewAfter(begun), graph, QUEUED_AT - 60_000);
  expect(timeline.nowMs).toBe(150);
  expect(timeline.rows[0]?.ran).toEqual({ from: 150, to: 150 });
});

test("the log tells what happened in the order in which it did, and how far an attempt has come while it is at work", () => {
  const progress: ExecutionEvent = {
    type: "nodeProgress",
    at: at(1_500),
    data: { nodeId: "a", attempt: 2, done: 1, total: 3, message: "1 of 3 items" },
  };
  const events = [...finished.slice(0, 5), progress, ...finished.slice(5)];
  const linesOf = (some: readonly ExecutionEvent[]) => logOf(viewAfter(some)).map(({ source, text }) => `${source}: ${text}`);
  const before = [
    "Run: Queued by Ada",
    "Run: Started by worker one",
    "a: Started with 0 items",
    "a: Failed after 250 ms: No answer. Tries again in 1.0 s.",
  ];
  expect(linesOf(events.slice(0, 6))).toEqual([...before, "a: Started with 0 items, attempt 2; now: 1 of 3 items"]);
  expect(linesOf(events)).toEqual([
    ...before,
    "a: Started with 0 items, attempt 2",
    "a: Finished after 600 ms, 3 items out",
    "b: Started with 3 items",
    "b: Finished after 900 ms, 1 item out",
    "Run: Succeeded after 3.0 s",
  ]);
});

test("each line of the log bears the time of the event that it tells", () => {
  const progress: ExecutionEvent = {
    type: "nodeProgress",
    at: at(300),
    data: { nodeId: "a", attempt: 1, done: 3, total: 3, message: "3 of 3 items" },
  };
  const events = [...begun, progress, ...failedOnce.slice(begun.length)];
  const told = events.filter(({ type }) => type !== "nodeProgress");
  expect(logOf(viewAfter(events)).map((line) => line.at)).toEqual(told.map((event) => event.at));
});

test("the log tells a run's length without its wait for a worker", () => {
  const late = finished.map((event) => (event.type === "executionStarted" ? { ...event, at: at(1_050) } : event));
  expect(logOf(viewAfter(late)).at(-1)?.text).toBe("Succeeded after 2.0 s");
});

test("how much of a run is done: each node counts the same, one at work by what it says of itself, one that waits not at all", () => {
  const progress = (done: number, total: number | null): ExecutionEvent => ({
    type: "nodeProgress",
    at: at(300),
    data: { nodeId: "a", attempt: 1, done, total, message: "" },
  });
  const shareAfter = (events: readonly ExecutionEvent[]) => runShare(viewAfter(events));
  expect(shareAfter([])).toBe(0);
  expect(shareAfter(begun)).toBe(0);
  expect(shareAfter([...begun, progress(3, 4)])).toBe(0.375);
  expect(shareAfter([...begun, progress(9, 4)])).toBe(0.5);
  expect(shareAfter([...begun, progress(3, null)])).toBe(0);
  expect(shareAfter(failedOnce)).toBe(0);
  expect(shareAfter(finished.slice(0, -2))).toBe(0.5);
  expect(shareAfter(finished)).toBe(1);
});
