/** How runs come to a process: whose come first, and what becomes of one that comes while it stops. */
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createUser } from "#features/account/index.ts";
import { EXECUTION_QUEUE } from "#features/execution/claim.ts";
import { cancelExecution, startExecution } from "#features/execution/index.ts";
import type { Runtime } from "#server/runtime.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { graphOf, startApp, startRun, startTestWorker, viewWhen } from "../../support/runs.ts";

async function person(runtime: Runtime, name: string) {
  const { userId } = await createUser(runtime, { name, email: `${name}-${randomUUID()}@example.com`, password: "correct horse battery" });
  return { userId, name };
}

const endless = graphOf([["wait", "delay", { durationMs: 60_000 }]]);
const begun = ({ status }: { status: string }) => status === "running";

test("[JOB5] one person's long runs leave places for others; each that ends makes room for the next", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const [ada, eve] = [await person(app.runtime, "ada"), await person(app.runtime, "eve")];
  await using on = await startTestWorker(app.runtime, { concurrency: 4 });
  const { executionId: first, workflowId } = await startRun(app.runtime, endless);
  await cancelExecution(app.runtime, first, null);
  const start = async (startedBy: typeof ada) => (await startExecution(app.runtime, { workflowId, startedBy })).executionId;
  const adas: string[] = [];
  for (let run = 0; run < 6; run++) adas.push(await start(ada));
  const runningOf = async ({ userId }: typeof ada) =>
    (await database.sql`select id from execution where status = 'running' and started_by = ${userId} order by created_at`).map(
      ({ id }) => id,
    );
  await eventually(async () => expect(await runningOf(ada)).toEqual(adas.slice(0, 2)));
  const eves = await start(eve);
  await viewWhen(app.runtime, eves, begun);
  expect(on.worker.running).toBe(3);

  await cancelExecution(app.runtime, adas[0] ?? "", null);
  await eventually(async () => expect(await runningOf(ada)).toEqual(adas.slice(1, 3)));
  // Nor does the sweep let more of hers in, however long they wait.
  await database.sql`update execution set created_at = created_at - interval '1 minute' where status = 'queued'`;
  await cancelExecution(app.runtime, eves, null);
  await eventually(() => expect(on.worker.running).toBe(2));
  const again = await start(eve);
  await viewWhen(app.runtime, again, begun);
  expect(await runningOf(ada)).toEqual(adas.slice(1, 3));
});

test("[JOB5] runs that lost their worker are taken over within the shares, too", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const ada = await person(app.runtime, "ada");
  const { executionId, workflowId } = await startRun(app.runtime, endless);
  await cancelExecution(app.runtime, executionId, null);
  for (let run = 0; run < 5; run++) await startExecution(app.runtime, { workflowId, startedBy: ada });
  await app.runtime.db.execute(sql`delete from pgboss.job`);
  await database.sql`update execution set created_at = created_at - interval '1 minute', status = 'running', lease_until = now() where status = 'queued'`;
  const { executionId: systems } = await startExecution(app.runtime, { workflowId, startedBy: null });
  await app.runtime.db.execute(sql`delete from pgboss.job`);
  await database.sql`update execution set created_at = created_at - interval '1 second' * 30 where id = ${systems}`;
  await using on = await startTestWorker(app.runtime, { concurrency: 4 });
  // Hers are the older ones and fill the first look; the next one is without her.
  await viewWhen(app.runtime, systems, begun);
  expect(on.worker.running).toBe(3);
});

test("a run whose job comes while its worker stops is passed on at once", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using next = await startApp(database.url);
  const { executionId } = await startRun(app.runtime, graphOf([["start", "manual"]]));
  // Nothing but a job brings this run to a worker: the sweeps look for what is older.
  await database.sql`update execution set created_at = now() + interval '1 hour'`;
  await app.runtime.db.execute(sql`delete from pgboss.job`);
  const going = await startTestWorker(app.runtime);
  let stopped: Promise<void> | null = null;
  await app.runtime.realtime.transaction(app.runtime.db, async (tx) => {
    await tx.execute(sql`lock table pgboss.job_common in access exclusive mode`);
    app.runtime.jobs.wake(EXECUTION_QUEUE);
    await eventually(async () => {
      const waiting = await database.sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%pgboss%'`;
      return waiting.length > 0;
    });
    stopped = Promise.resolve(going[Symbol.asyncDispose]());
    await app.runtime.jobs.enqueue(tx, EXECUTION_QUEUE, { executionId, startedBy: null });
  });
  await stopped;
  await using _ = await startTestWorker(next.runtime);
  expect(await viewWhen(next.runtime, executionId)).toMatchObject({ status: "success", workerId: next.runtime.instanceId });
});
