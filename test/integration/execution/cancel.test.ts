import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { claimExecution } from "#features/execution/claim.ts";
import { executionControlTopic } from "#features/execution/events.ts";
import { cancelExecution } from "#features/execution/index.ts";
import type { Json, NodeType } from "#nodes/graph.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventsOf, fold, graphOf, startApp, startRun, startTestWorker, startWorkerProcess, viewWhen } from "../../support/runs.ts";
import { startWatch } from "../../support/stopwatch.ts";

async function silentServer() {
  const server = createServer(() => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // listening on a port, so it is no path
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("[JOB2] a cancelled run ends within a second in another process", () => {
  test.each<[string, NodeType, { [name: string]: Json }]>([
    ["in a delay", "delay", { durationMs: 60_000 }],
    ["in a request", "http.request", { url: "http://HOST/", timeoutMs: 60_000 }],
    ["in an endless expression", "transform", { expression: "($f := function($n) { $f($n + 1) }; $f(0))", timeoutMs: 30_000 }],
  ])("%s", async (_where, type, parameters) => {
    await using server = await silentServer();
    await using database = await createTestDatabase();
    await using app = await startApp(database.url, { ROLE: "web" });
    await using worker = await startWorkerProcess(database.url, { HTTP_ALLOW_HOSTS: server.host });
    const own = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, name === "url" ? `http://${server.host}/` : value]),
    );
    const { executionId } = await startRun(
      app.runtime,
      graphOf([
        ["start", "manual"],
        ["long", type, own],
        ["after", "delay"],
      ]),
    );
    await viewWhen(app.runtime, executionId, ({ nodes }) => nodes.long?.status === "running");

    const [askedAt, elapsedMs] = [Date.now(), startWatch()];
    await cancelExecution(app.runtime, executionId, null);
    const view = await viewWhen(app.runtime, executionId);
    // By the log it is a little sooner than seen from here; by our clock a machine that stood still has not taken the time.
    const byTheLog = (view.finishedAt?.getTime() ?? Number.POSITIVE_INFINITY) - askedAt;
    expect(Math.min(byTheLog, elapsedMs())).toBeLessThan(1_000);
    expect(view).toMatchObject({
      status: "cancelled",
      workerId: worker.instanceId,
      nodes: { start: { status: "success" }, long: { status: "cancelled" }, after: { status: "skipped" } },
    });
    expect(fold(executionId, await eventsOf(app.runtime, executionId))).toEqual(view);
  });
});

test("[JOB2] a run that waits for a retry ends when it is cancelled", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using _worker = await startTestWorker(app.runtime);
  const graph = graphOf([
    ["start", "manual"],
    ["again", "fail", {}, { maxAttempts: 3, delayMs: 60_000 }],
  ]);
  const { executionId } = await startRun(app.runtime, graph);
  await viewWhen(app.runtime, executionId, ({ nodes }) => nodes.again?.status === "waiting");
  await cancelExecution(app.runtime, executionId, null);
  const view = await viewWhen(app.runtime, executionId, undefined, 1_000);
  expect(view).toMatchObject({
    status: "cancelled",
    nodes: { again: { status: "skipped", attempts: [{ status: "error" }, { status: "skipped" }] } },
  });
});

test("a queued run is cancelled at once, without a worker, and no worker begins it later", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const { executionId } = await startRun(
    app.runtime,
    graphOf([
      ["start", "manual"],
      ["wait", "delay"],
    ]),
  );
  await cancelExecution(app.runtime, executionId, null);
  await cancelExecution(app.runtime, executionId, null);
  const view = await viewWhen(app.runtime, executionId);
  expect(view).toMatchObject({
    status: "cancelled",
    startedAt: null,
    nodes: { start: { status: "skipped" }, wait: { status: "skipped" } },
  });
  await using _worker = await startTestWorker(app.runtime);
  const { executionId: next } = await startRun(app.runtime, graphOf([["start", "manual"]]));
  await viewWhen(app.runtime, next);
  expect(await viewWhen(app.runtime, executionId)).toEqual(view);
  expect(fold(executionId, await eventsOf(app.runtime, executionId))).toEqual(view);
});

test("[JOB2] a run that is cancelled after its worker died ends with the next worker, which begins nothing", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const { executionId } = await startRun(
    app.runtime,
    graphOf([
      ["start", "manual"],
      ["wait", "delay"],
    ]),
  );
  await claimExecution(app.runtime, executionId, "dead");
  await cancelExecution(app.runtime, executionId, null);
  await database.sql`update execution set lease_until = now() - interval '1 second'`;
  await using _worker = await startTestWorker(app.runtime);
  const view = await viewWhen(app.runtime, executionId);
  expect(view).toMatchObject({ status: "cancelled", fence: 2, nodes: { start: { status: "skipped" }, wait: { status: "skipped" } } });
  expect(fold(executionId, await eventsOf(app.runtime, executionId))).toEqual(view);
});

test("cancelling a run that has ended changes nothing", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using _worker = await startTestWorker(app.runtime);
  const { executionId } = await startRun(app.runtime, graphOf([["start", "manual"]]));
  const view = await viewWhen(app.runtime, executionId);
  await cancelExecution(app.runtime, executionId, null);
  expect(await viewWhen(app.runtime, executionId)).toEqual(view);
  const { position } = await app.runtime.realtime.snapshot(app.runtime.db, executionControlTopic, executionId, async () => null);
  expect(position).toMatch(/\.0$/);
});
