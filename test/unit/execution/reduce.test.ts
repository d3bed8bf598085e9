import { expect, test } from "vitest";
import { type ExecutionEvent, initialExecutionView, nodeStatus, reduceExecution, reduceExecutionList } from "#features/execution/reduce.ts";

const at = (ms: number) => new Date(ms);
const id = "11111111-1111-4111-8111-111111111111";
const queued: ExecutionEvent = {
  type: "executionQueued",
  at: at(1),
  data: {
    workflowId: id,
    workflowName: "W",
    startedBy: null,
    nodes: [
      { nodeId: "a", name: "A", nodeType: "manual" },
      { nodeId: "b", name: "B", nodeType: "fail" },
    ],
  },
};

const fold = (...events: ExecutionEvent[]) => [queued, ...events].reduce(reduceExecution, initialExecutionView(id));

test("a queued run has its nodes, in order and pending", () => {
  expect(fold()).toMatchObject({
    status: "queued",
    createdAt: at(1),
    order: ["a", "b"],
    nodes: { a: { status: "pending", attempts: [] } },
  });
});

test("a takeover keeps when the run began and says who has it now", () => {
  const view = fold(
    { type: "executionStarted", at: at(2), data: { fence: 1, workerId: "one" } },
    { type: "executionStarted", at: at(9), data: { fence: 2, workerId: "two" } },
  );
  expect(view).toMatchObject({ status: "running", startedAt: at(2), fence: 2, workerId: "two" });
});

test("a node that fails waits for its next attempt, and its attempts stay", () => {
  const failed: ExecutionEvent = {
    type: "nodeFailed",
    at: at(10),
    data: { nodeId: "b", attempt: 1, error: { code: "X", message: "no" }, nextRetryMs: 500 },
  };
  const waiting = fold({ type: "nodeStarted", at: at(5), data: { nodeId: "b", attempt: 1, inputCount: 2 } }, failed);
  expect(waiting.nodes.b).toMatchObject({ status: "waiting", attempts: [{ status: "error", nextRetryAt: at(510), inputCount: 2 }] });
  const again = reduceExecution(waiting, { type: "nodeStarted", at: at(510), data: { nodeId: "b", attempt: 2, inputCount: 2 } });
  expect(again.nodes.b).toMatchObject({ status: "running", attempts: [{ nextRetryAt: at(510) }, { attempt: 2, startedAt: at(510) }] });
  // What did not change keeps its identity, so that a page draws only what did.
  expect(again.nodes.a).toBe(waiting.nodes.a);
});

test("what is about an unknown node changes nothing", () => {
  const view = fold();
  expect(
    reduceExecution(view, { type: "nodeFinished", at: at(5), data: { nodeId: "constructor", attempt: 1, itemCount: 0 } }).nodes,
  ).toEqual(view.nodes);
});

test("a node without attempts is pending", () => {
  expect(nodeStatus([])).toBe("pending");
});

test("a list of runs puts changes in their place, newest first, and stays bounded", () => {
  const summary = (n: number, status: "queued" | "running") => ({
    executionId: `00000000-0000-4000-8000-00000000000${n}`,
    workflowId: id,
    status,
    createdAt: at(n),
    startedAt: null,
    finishedAt: null,
  });
  const events = [summary(1, "queued"), summary(3, "queued"), summary(2, "queued"), summary(1, "running")];
  const list = (limit: number) =>
    events.reduce<ReturnType<typeof reduceExecutionList>>(
      (items, data) => reduceExecutionList(items, { type: "executionChanged", at: at(9), data }, limit),
      [],
    );
  expect(list(50).map(({ createdAt, status }) => `${createdAt.getTime()} ${status}`)).toEqual(["3 queued", "2 queued", "1 running"]);
  expect(list(2).map(({ createdAt }) => createdAt.getTime())).toEqual([3, 2]);
});
