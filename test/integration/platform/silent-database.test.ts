/** Connections that look alive and are not (a firewall forgot them, or the server lost its power), and those that come back. */
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { startExecution } from "#features/execution/index.ts"; // demo
import { createDatabase } from "#server/db.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { startProcess } from "../../support/process.ts";
import { eventsOf, fold, graphOf, startApp, startRun, startTestWorker, viewWhen } from "../../support/runs.ts"; // demo
import { startWatch } from "../../support/stopwatch.ts";

test("a query and a transaction on a connection that went silent fail instead of waiting, and the next ones work", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  const { db, close } = createDatabase(proxy.url, { max: 2, silentMs: 1_000 });
  await using _ = { [Symbol.asyncDispose]: close };
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: silent, resolve: goOn } = Promise.withResolvers<void>();
  const transaction = db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    begin();
    await silent;
    await tx.execute(sql`select 1`);
  });
  await begun;
  // Both connections are up: what is about connecting has a deadline of the driver's.
  await db.execute(sql`select 1`);
  proxy.pause();
  goOn();
  const [query, inside] = await Promise.allSettled([db.execute(sql`select 1`), transaction]);
  expect([query.status, inside.status]).toEqual(["rejected", "rejected"]);
  proxy.resume();
  await eventually(() => db.execute(sql`select 1`));
});

test("a connection that is idle for longer is replaced without anybody noticing", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  const { db, close } = createDatabase(proxy.url, { max: 1, silentMs: 1_000 });
  await using _ = { [Symbol.asyncDispose]: close };
  await db.execute(sql`select 1`);
  await eventually(() => proxy.connections === 0);
  await db.execute(sql`select 1`);
  expect(proxy.accepted).toBe(2);
});

test("however many queries failed while the database was away, none waits when it is back", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  const { db, close } = createDatabase(proxy.url);
  await using _ = { [Symbol.asyncDispose]: close };
  const ask = () => Promise.allSettled(Array.from({ length: 10 }, async () => void (await db.execute(sql`select 1`))));
  proxy.refuse(true);
  expect((await ask()).map(({ status }) => status)).toEqual(Array(10).fill("rejected"));
  proxy.refuse(false);
  const elapsedMs = startWatch();
  expect((await ask()).map(({ status }) => status)).toEqual(Array(10).fill("fulfilled"));
  expect(elapsedMs()).toBeLessThan(2_000);
});

test("a process whose database went silent says within seconds that it cannot serve, lives, and serves again; told to stop, it stops", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  const env = { ROLE: "worker", PORT: "0", NEXTAUTH_SECRET: "a-secret-of-this-test-with-enough-characters", DATABASE_URL: proxy.url };
  await using started = startProcess("src/main.ts", env);
  const [, port] = await started.waitFor(/Serving on http:\/\/localhost:(\d+)/);
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  expect([await status("/readyz"), await status("/healthz")]).toEqual([200, 200]);
  proxy.pause();
  const elapsedMs = startWatch();
  expect([await status("/readyz"), await status("/healthz")]).toEqual([503, 200]);
  expect(elapsedMs()).toBeLessThan(5_000);
  proxy.resume();
  await eventually(async () => (await status("/readyz")) === 200);
  proxy.pause();
  started.kill("SIGTERM");
  // Within the time for which whoever stops it usually waits; what it could not finish is told by the code.
  const stopMs = startWatch();
  expect([0, 1]).toContain(await started.exited);
  expect(stopMs()).toBeLessThan(28_000);
});
// demo begins

test("[JOB1] [LOG5] a worker whose database was silent for longer than its lease writes nothing afterwards, and is fit for the next run", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using outside = await startApp(database.url);
  await using cutOff = await startApp(proxy.url);
  await using _ = await startTestWorker(cutOff.runtime);
  const { executionId, workflowId } = await startRun(outside.runtime, graphOf([["wait", "delay", { durationMs: 6_000 }]]));
  await viewWhen(outside.runtime, executionId, ({ nodes }) => nodes.wait?.status === "running");
  proxy.pause();
  {
    await using _ = await startTestWorker(outside.runtime);
    await viewWhen(outside.runtime, executionId, ({ fence }) => fence === 2, 25_000);
    proxy.resume();
    const view = await viewWhen(outside.runtime, executionId);
    expect(view).toMatchObject({ status: "success", fence: 2, workerId: outside.runtime.instanceId });
  }
  const { executionId: next } = await startExecution(outside.runtime, { workflowId, startedBy: null });
  const view = await viewWhen(outside.runtime, next, undefined, 30_000);
  expect(view).toMatchObject({ status: "success", workerId: cutOff.runtime.instanceId });
  const events = await eventsOf(outside.runtime, executionId);
  const takenOver = events.findIndex(({ type, data }) => type === "executionStarted" && data.fence === 2);
  const written = events.slice(takenOver).filter(({ data }) => "attempt" in data && data.attempt === 1);
  expect(written).toMatchObject([{ type: "nodeFailed", data: { error: { code: "WORKER_LOST" } } }]);
  expect(fold(executionId, events)).toEqual(await viewWhen(outside.runtime, executionId));
});

test("[JOB3] a worker whose database went silent stops in bounded time, and another one goes on with its run", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using outside = await startApp(database.url);
  const cutOff = await startApp(proxy.url);
  const worker = await startTestWorker(cutOff.runtime);
  const { executionId } = await startRun(outside.runtime, graphOf([["wait", "delay", { durationMs: 20_000 }]]));
  await viewWhen(outside.runtime, executionId, ({ nodes }) => nodes.wait?.status === "running");
  proxy.pause();
  const elapsedMs = startWatch();
  await worker[Symbol.asyncDispose]();
  expect(elapsedMs()).toBeLessThan(12_000);
  await using _ = await startTestWorker(outside.runtime);
  await viewWhen(outside.runtime, executionId, ({ fence }) => fence > 1, 20_000);
  proxy.cut();
  proxy.resume();
  await cutOff[Symbol.asyncDispose]();
});
// demo ends
