import { describe, expect, test } from "vitest";
import { startExecution } from "#features/execution/index.ts";
import { getNodeOutput, listExecutions } from "#features/execution/view.ts";
import { outputTransformer } from "#server/transformer.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import {
  type App,
  eventsOf,
  fold,
  graphOf,
  startApp,
  startRun,
  startTestWorker,
  startWorkerProcess,
  viewWhen,
} from "../../support/runs.ts";

test("a run goes through its nodes in order and stores what went in and out of each", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using _worker = await startTestWorker(app.runtime);
  const graph = graphOf([
    ["start", "manual"],
    ["double", "transform", { expression: "$ * 2" }],
    ["large", "filter", { expression: "$ > 2" }],
    ["sum", "transform", { expression: "$sum($)", mode: "allItems" }],
  ]);
  const { executionId, workflowId } = await startRun(app.runtime, graph, [1, 2, 3]);

  const view = await viewWhen(app.runtime, executionId);
  expect(view).toMatchObject({ status: "success", error: null, fence: 1, order: ["start", "double", "large", "sum"] });
  expect(Object.values(view.nodes).map((node) => node.status)).toEqual(["success", "success", "success", "success"]);
  const outputs = await Promise.all(view.order.map((nodeId) => getNodeOutput(app.runtime, executionId, nodeId)));
  expect(outputs.map(({ items, input }) => [input.items, items])).toEqual([
    [[], [1, 2, 3]],
    [
      [1, 2, 3],
      [2, 4, 6],
    ],
    [
      [2, 4, 6],
      [4, 6],
    ],
    [[4, 6], [10]],
  ]);
  expect(view.nodes.sum?.attempts[0]?.preview).toBe("[10]");
  expect(fold(executionId, await eventsOf(app.runtime, executionId))).toEqual(view);
  expect((await listExecutions(app.runtime, workflowId)).items).toMatchObject([{ executionId, status: "success" }]);
});

test("results keep the order of their keys, and what is large is shown in part", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using _worker = await startTestWorker(app.runtime);
  const expression = "[1..600].{ 'zebra': $, 'a': 1, 'constructor': 2 }";
  const { executionId } = await startRun(
    app.runtime,
    graphOf([
      ["start", "manual"],
      ["many", "transform", { expression, mode: "allItems" }],
    ]),
  );
  await viewWhen(app.runtime, executionId);
  const output = await getNodeOutput(app.runtime, executionId, "many");
  expect([output.items.length, output.total]).toEqual([500, 600]);
  expect(JSON.stringify(output.items[499])).toBe('{"zebra":500,"a":1,"constructor_":2}');
  // It leaves as it is: of a million small values, each looked at for what JSON does not know, the process would stand still for seconds.
  expect(outputTransformer.serialize(output).json).toBe(output);
});

test("many runs are shared by two workers, each run by one of them", async () => {
  await using database = await createTestDatabase();
  await using one = await startApp(database.url);
  await using two = await startApp(database.url);
  const { workflowId } = await startRun(
    one.runtime,
    graphOf([
      ["start", "manual"],
      ["wait", "delay", { durationMs: 50 }],
    ]),
  );
  for (let run = 1; run < 50; run++) await startExecution(run % 2 ? one.runtime : two.runtime, { workflowId, startedBy: null });
  await using _first = await startTestWorker(one.runtime, { concurrency: 4 });
  await using _second = await startTestWorker(two.runtime, { concurrency: 4 });
  const views = await eventually(
    async () => {
      const { items } = await listExecutions(one.runtime, workflowId);
      return items.every(({ status }) => status === "success")
        ? Promise.all(items.map((item) => viewWhen(two.runtime, item.executionId)))
        : null;
    },
    { timeoutMs: 60_000 },
  );
  expect(views).toHaveLength(50);
  expect(views.filter(({ fence }) => fence !== 1)).toEqual([]);
  expect(new Set(views.map(({ workerId }) => workerId))).toEqual(new Set([one.runtime.instanceId, two.runtime.instanceId]));
});

describe("starts within 100 ms on an idle machine", () => {
  const STARTS = 15;
  /** Whether this machine is idle is not up to the test: where others keep it busy for a while, it is asked again. */
  const LOOKS = 3;

  /** Of each look the median; ends with the first one that is soon enough. */
  async function medianLatenciesMs(app: App): Promise<number[]> {
    const { executionId, workflowId } = await startRun(app.runtime, graphOf([["start", "manual"]]));
    await viewWhen(app.runtime, executionId);
    const medians: number[] = [];
    while (medians.length < LOOKS && !medians.some((ms) => ms < 100)) {
      const latencies: number[] = [];
      while (latencies.length < STARTS) {
        const { executionId: next } = await startExecution(app.runtime, { workflowId, startedBy: null });
        const { createdAt, startedAt } = await viewWhen(app.runtime, next);
        latencies.push((startedAt?.getTime() ?? Number.POSITIVE_INFINITY) - createdAt.getTime());
      }
      latencies.sort((a, b) => a - b);
      // The median: other tests share this machine.
      medians.push(latencies[Math.floor(STARTS / 2)] ?? Number.POSITIVE_INFINITY);
    }
    return medians;
  }

  test("in the process that was asked", async () => {
    await using database = await createTestDatabase();
    await using app = await startApp(database.url);
    await using _worker = await startTestWorker(app.runtime);
    const medians = await medianLatenciesMs(app);
    expect(medians.at(-1), `${medians}`).toBeLessThan(100);
  });

  test("in a worker process, woken by a web process", async () => {
    await using database = await createTestDatabase();
    await using app = await startApp(database.url, { ROLE: "web" });
    await using _worker = await startWorkerProcess(database.url);
    const medians = await medianLatenciesMs(app);
    expect(medians.at(-1), `${medians}`).toBeLessThan(100);
  });
});
