import { expect, test } from "vitest";
import type { ExecutionSummary } from "#features/execution/events.ts";
import { executionListTopic } from "#features/execution/events.ts";
import { cancelExecution } from "#features/execution/index.ts";
import { reduceExecutionList } from "#features/execution/reduce.ts";
import { listExecutions } from "#features/execution/view.ts";
import type { Json, NodeType } from "#nodes/graph.ts";
import { createTestDatabase } from "../../support/database.ts";
import fc from "../../support/fast-check.ts";
import { ended, eventsOf, fold, graphOf, startApp, startRun, startTestWorker, viewWhen } from "../../support/runs.ts";

type Kind = readonly [type: NodeType, parameters: { [name: string]: Json }];

const kinds: fc.Arbitrary<Kind> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Kind>(["transform", { expression: "$" }]) },
  fc.constant<Kind>(["transform", { expression: "$count($)", mode: "allItems" }]),
  fc.constant<Kind>(["transform", { expression: "$error('no')" }]),
  fc.constant<Kind>(["transform", { expression: "'\u{1F31E}' & '\\u0000' & $string($)" }]),
  fc.constant<Kind>(["filter", { expression: "false" }]),
  fc.constant<Kind>(["fail", {}]),
  fc.integer({ min: 1, max: 4 }).map<Kind>((untilAttempt) => ["fail", { untilAttempt, message: "Not yet \u{1F31E}" }]),
  fc.integer({ min: 0, max: 300 }).map<Kind>((durationMs) => ["delay", { durationMs }]),
  fc.constant<Kind>(["http.request", { url: "http://127.0.0.1:1/" }]),
);

const node = fc.record({ kind: kinds, maxAttempts: fc.integer({ min: 1, max: 3 }), sources: fc.array(fc.nat(), { maxLength: 3 }) });

/** A graph with edges from earlier nodes to later ones only, and when, if ever, its run is cancelled. */
const plan = fc.record({
  nodes: fc.array(node, { minLength: 1, maxLength: 8 }),
  input: fc.constantFrom<Json[]>([], [1], [{ a: "x" }, "y", null]),
  cancelAfterEvents: fc.option(fc.integer({ min: 0, max: 12 })),
});

type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

function toGraph({ nodes }: Plan) {
  const specs = nodes.map(
    ({ kind: [type, parameters], maxAttempts }, index) => [`n${index}`, type, parameters, { maxAttempts, delayMs: 5 }] as const,
  );
  const edges = nodes.flatMap(({ sources }, index) =>
    [...new Set(sources.map((source) => source % (index + 1)))].map((source) => `${source === index ? "start" : `n${source}`}>n${index}`),
  );
  return graphOf([["start", "manual"], ...specs], edges);
}

test("[JOB3] [JOB4] folding a run's log gives exactly what execution.get answers, for any graph and any outcome", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using _worker = await startTestWorker(app.runtime, { concurrency: 16 });
  const { runtime } = app;

  async function check(each: Plan): Promise<void> {
    const { executionId, workflowId } = await startRun(runtime, toGraph(each), each.input);
    if (each.cancelAfterEvents !== null) {
      const enough = async () => (await eventsOf(runtime, executionId)).length > (each.cancelAfterEvents ?? 0);
      while (!(await enough()) && !ended(await viewWhen(runtime, executionId, () => true)));
      await cancelExecution(runtime, executionId, null);
    }
    const view = await viewWhen(runtime, executionId);
    expect(fold(executionId, await eventsOf(runtime, executionId))).toEqual(view);
    expect(Object.values(view.nodes).map(({ status }) => status)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/pending|running|waiting/)]),
    );

    const { items } = await listExecutions(runtime, workflowId);
    let folded: readonly ExecutionSummary[] = [];
    const { position } = await runtime.realtime.snapshot(runtime.db, executionListTopic, workflowId, async () => null);
    const beginning = `${position.slice(0, position.lastIndexOf("."))}.0`;
    for await (const delivery of runtime.realtime.subscribe(executionListTopic, workflowId, { after: beginning })) {
      if (delivery.event.type !== "resync") folded = reduceExecutionList(folded, delivery.event);
      if (delivery.position === position) break;
    }
    expect(folded).toEqual(items);
  }

  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 8, maxLength: 8 }), async (plans) => {
      await Promise.all(plans.map(check));
    }),
    { numRuns: 8, endOnFailure: true },
  );
  expect(app.log).toEqual([]);
});
