/** Connections that look alive and are not: a firewall forgot them, or the server lost its power. */
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createDatabase } from "#server/db.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { graphOf, startApp, startRun, startTestWorker, viewWhen } from "../../support/runs.ts"; // demo

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
  const { db, close } = createDatabase(proxy.url, { max: 1, silentMs: 100 });
  await using _ = { [Symbol.asyncDispose]: close };
  await db.execute(sql`select 1`);
  await eventually(() => proxy.connections === 0);
  await db.execute(sql`select 1`);
  expect(proxy.accepted).toBe(2);
});
// demo begins

test("[JOB3] a worker whose database went silent stops in bounded time, and another one goes on with its run", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using outside = await startApp(database.url);
  const cutOff = await startApp(proxy.url);
  const worker = await startTestWorker(cutOff.runtime);
  const { executionId } = await startRun(outside.runtime, graphOf([["wait", "delay", { durationMs: 20_000 }]]));
  await viewWhen(outside.runtime, executionId, ({ nodes }) => nodes.wait?.status === "running");
  proxy.pause();
  const at = performance.now();
  await worker[Symbol.asyncDispose]();
  expect(performance.now() - at).toBeLessThan(12_000);
  await using _ = await startTestWorker(outside.runtime);
  await viewWhen(outside.runtime, executionId, ({ fence }) => fence > 1, 20_000);
  proxy.cut();
  proxy.resume();
  await cutOff[Symbol.asyncDispose]();
}, 60_000);
// demo ends
