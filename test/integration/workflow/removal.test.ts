/** Removing a workflow: at once for people, in an orderly way for its runs. */
import { expect, test } from "vitest";
import { executionListTopic, executionTopic } from "#features/execution/events.ts";
import { createExecutionWorker } from "#features/execution/index.ts";
import { workflowTopic } from "#features/workflow/events.ts";
import { purgeRemoved } from "#features/workflow/removal.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { graphOf, startTestWorker, viewWhen } from "../../support/runs.ts";

async function createSlow(app: TestApp, owner: TestUser): Promise<string> {
  const json = {
    heliograph: 1,
    name: "Slow",
    ...graphOf([
      ["start", "manual"],
      ["wait", "delay", { durationMs: 60_000 }],
    ]),
  };
  return ((await app.mutate(owner, "workflow.importJson", { json })) as { workflowId: string }).workflowId;
}

async function start(app: TestApp, owner: TestUser, workflowId: string): Promise<string> {
  return ((await app.mutate(owner, "execution.start", { workflowId })) as { executionId: string }).executionId;
}

/** What is left of the workflow and its runs, streams included. */
async function leftOf({ sql }: TestDatabase, workflowId: string, executionIds: readonly string[]): Promise<number> {
  const streams = [
    `${workflowTopic.name}:${workflowId}`,
    `${executionListTopic.name}:${workflowId}`,
    ...executionIds.flatMap((id) => [`${executionTopic.name}:${id}`, `executionControl:${id}`]),
  ];
  const [row] = await sql<{ n: number }[]>`select (
    (select count(*) from workflow where id = ${workflowId}) + (select count(*) from execution where workflow_id = ${workflowId})
    + (select count(*) from execution_node where execution_id = any(${executionIds as string[]}))
    + (select count(*) from rt.stream where stream = any(${streams})) + (select count(*) from rt.event where stream = any(${streams}))
  )::int as n`;
  return row?.n ?? -1;
}

test("[WFL7] its runs end as cancelled, under way or queued, and then nothing of it is left", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url, { role: "all", background: false });
  const ada = await app.signUp("ada");
  const workflowId = await createSlow(app, ada);
  const running = await start(app, ada, workflowId);
  const worker = createExecutionWorker(app.runtime, { concurrency: 1 });
  await worker.start();
  try {
    await viewWhen(app.runtime, running, ({ nodes }) => nodes.wait?.status === "running");
    const queued = await start(app, ada, workflowId);
    expect(await app.mutate(ada, "workflow.remove", { workflowId })).toBeNull();
    // Nobody sees it, and nothing more begins.
    for (const [kind, path, input] of [
      ["query", "workflow.get", { workflowId }],
      ["query", "execution.get", { executionId: running }],
      ["mutate", "execution.start", { workflowId }],
      ["mutate", "workflow.remove", { workflowId }],
    ] as const)
      expect(await app[kind](ada, path, input)).toMatchObject({ code: "NOT_FOUND" });
    expect(await viewWhen(app.runtime, queued)).toMatchObject({ status: "cancelled" });
    expect(await viewWhen(app.runtime, running)).toMatchObject({ status: "cancelled", nodes: { wait: { status: "cancelled" } } });
    await purgeRemoved(app.runtime);
    expect(await leftOf(database, workflowId, [running, queued])).toBe(0);
    expect(app.errors).toEqual([]);
  } finally {
    await worker.stop();
  }
});

test("[WFL7] a run whose worker is gone keeps the rows until another worker has ended it; whoever is alive does the rest", async () => {
  await using database = await createTestDatabase();
  const ada = await (async () => {
    await using gone = await startApp(database.url, { background: false });
    const user = await gone.signUp("ada");
    const workflowId = await createSlow(gone, user);
    const executionId = await start(gone, user, workflowId);
    await database.sql`update execution set status = 'running', fence = 1, worker_id = 'gone', started_at = now(),
      lease_until = now() + interval '1 hour' where id = ${executionId}`;
    await gone.mutate(user, "workflow.remove", { workflowId });
    return { workflowId, executionId };
  })();
  await using app = await startApp(database.url, { role: "all", background: false });
  await purgeRemoved(app.runtime);
  expect(await leftOf(database, ada.workflowId, [ada.executionId])).toBeGreaterThan(0);
  await database.sql`update execution set lease_until = now() - interval '1 second'`;
  await using _worker = await startTestWorker(app.runtime);
  await eventually(
    async () => {
      await purgeRemoved(app.runtime);
      return (await leftOf(database, ada.workflowId, [ada.executionId])) === 0;
    },
    { timeoutMs: 30_000, intervalMs: 100 },
  );
});

test("[WFL7] a run that starts while the workflow is removed is refused or ends, and is never left behind", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url, { background: false });
  await using twin = await startApp(database.url, { background: false });
  const ada = await app.signUp("ada");
  for (let round = 0; round < 10; round++) {
    const workflowId = await app.createWorkflow(ada);
    const [, ...started] = await Promise.all([
      app.mutate(ada, "workflow.remove", { workflowId }),
      twin.mutate(ada, "execution.start", { workflowId }),
      app.mutate(ada, "execution.start", { workflowId }),
    ]);
    for (const answer of started) if (answer && typeof answer === "object" && "code" in answer) expect(answer.code).toBe("NOT_FOUND");
    const open = await database.sql`select 1 from execution where workflow_id = ${workflowId} and status in ('queued', 'running')`;
    expect(open).toHaveLength(0);
  }
  expect([...app.errors, ...twin.errors]).toEqual([]);
});

test("[WFL7] many runs go in bounded bundles", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url, { background: false });
  const ada = await app.signUp("ada");
  const workflowId = await app.createWorkflow(ada);
  await database.sql`insert into execution (workflow_id, workflow_name, graph, status)
    select id, name, graph, 'success' from workflow, generate_series(1, 60)`;
  await app.mutate(ada, "workflow.remove", { workflowId });
  const left = async () => (await database.sql`select 1 from execution`).length;
  await purgeRemoved(app.runtime);
  expect(await left()).toBe(35);
  await purgeRemoved(app.runtime);
  await purgeRemoved(app.runtime);
  expect(await left()).toBe(0);
  expect(await leftOf(database, workflowId, [])).toBe(0);
});
