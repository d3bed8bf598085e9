import { expect, test } from "vitest";
import { deleteOldRuns, MAX_DELETED } from "#features/execution/retention.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { graphOf, startApp, startRun, startTestWorker, viewWhen } from "../../support/runs.ts";

test("ended runs go when they are old or many newer ones exist, and their streams with them", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const { executionId, workflowId } = await startRun(app.runtime, graphOf([["start", "manual"]]));
  {
    await using _worker = await startTestWorker(app.runtime);
    await viewWhen(app.runtime, executionId);
  }
  const open = await startRun(app.runtime, graphOf([["start", "manual"]]));
  await database.sql`update execution set created_at = now() - interval '40 days'`;
  // Of 212 that have ended one is the newest and yet too old, and the last twelve are beyond the newest 200.
  await database.sql`insert into execution (workflow_id, workflow_name, graph, status, created_at, finished_at)
    select workflow_id, workflow_name, graph, 'success', now() - i * interval '1 minute', now() - i * interval '1 minute'
    from execution, generate_series(1, 210) i where id = ${executionId}`;
  await database.sql`insert into execution (workflow_id, workflow_name, graph, status, created_at, finished_at)
    select workflow_id, workflow_name, graph, 'success', now(), now() - interval '31 days' from execution where id = ${executionId}`;

  expect(await deleteOldRuns(app.runtime)).toBe(13);
  expect(await deleteOldRuns(app.runtime)).toBe(0);
  expect(await database.sql`select 1 from execution where id = ${executionId}`).toHaveLength(0);
  expect(await database.sql`select 1 from execution_node where execution_id = ${executionId}`).toHaveLength(0);
  expect(await database.sql`select 1 from rt.stream where stream = ${`execution:${executionId}`}`).toHaveLength(0);
  expect(await database.sql`select 1 from execution where id = ${open.executionId}`).toHaveLength(1);
  const [kept] = await database.sql`select count(*)::int as runs, min(finished_at) > now() - interval '1 day' as young
    from execution where workflow_id = ${workflowId}`;
  expect(kept).toEqual({ runs: 199, young: true });

  await database.sql`update execution set finished_at = now() - interval '31 days' where finished_at is not null`;
  expect(await deleteOldRuns(app.runtime)).toBe(MAX_DELETED);
  await using _worker = await startTestWorker(app.runtime);
  const left = async () => (await database.sql`select 1 from execution where workflow_id = ${workflowId}`).length;
  await eventually(async () => (await left()) < 199 - MAX_DELETED, { what: "a worker to delete old runs", timeoutMs: 30_000 });
});
