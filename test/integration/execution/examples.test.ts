import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { GET } from "#app/api/sample/orders/route.ts";
import { getNodeOutput } from "#features/execution/view.ts";
import { failingDelivery, revenueByRegion } from "#features/workflow/examples.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventsOf, fold, startApp, startRun, startTestWorker, viewWhen } from "../../support/runs.ts";
import { startWatch } from "../../support/stopwatch.ts";

/** The sample API alone, as Next would serve it. */
async function sampleApi() {
  const server = createServer(async (req, res) => {
    const response = await GET(new Request(new URL(req.url ?? "/", "http://localhost")));
    res.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
  });
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

describe.concurrent("the example workflows", () => {
  test("one reads every page of the sample API, sums it up in about ten seconds, and shows how far it is", async () => {
    await using api = await sampleApi();
    await using database = await createTestDatabase();
    await using app = await startApp(database.url, { HTTP_ALLOW_HOSTS: api.host });
    await using _worker = await startTestWorker(app.runtime, { origin: `http://${api.host}` });
    const elapsedMs = startWatch();
    const { executionId } = await startRun(app.runtime, revenueByRegion.graph);

    const view = await viewWhen(app.runtime, executionId, undefined, 60_000);
    const seenAfter = elapsedMs() / 1_000;
    expect(view).toMatchObject({ status: "success", error: null });
    const seconds = ((view.finishedAt?.getTime() ?? 0) - (view.startedAt?.getTime() ?? 0)) / 1_000;
    expect(seconds).toBeGreaterThan(6);
    // By the log, or by the clock of a running machine where this one stood still.
    expect(Math.min(seconds, seenAfter)).toBeLessThan(20);
    expect(view.nodes.orders?.attempts[0]).toMatchObject({ done: 12, total: 12, itemCount: 480, message: "Page 12 of 12, 480 items" });

    const paid = await getNodeOutput(app.runtime, executionId, "paid");
    const { items } = await getNodeOutput(app.runtime, executionId, "compare");
    expect(items.length).toBeGreaterThan(3);
    const sums = items as { region: string; orders: number; revenue: number; target: number }[]; // the expression's own shape
    expect(sums.reduce((total, { orders }) => total + orders, 0)).toBe(paid.total);
    expect(sums.every(({ revenue, target }) => revenue > 0 && target > 0)).toBe(true);

    const events = await eventsOf(app.runtime, executionId);
    expect(events.filter((event) => event.type === "nodeProgress" && event.data.nodeId === "orders").length).toBeGreaterThanOrEqual(10);
    expect(fold(executionId, events)).toEqual(view);
  });

  test("the other fails, tries again, skips what comes after, and says why", async () => {
    await using database = await createTestDatabase();
    await using app = await startApp(database.url);
    await using _worker = await startTestWorker(app.runtime);
    const { executionId } = await startRun(app.runtime, failingDelivery.graph);
    const view = await viewWhen(app.runtime, executionId);
    expect(view).toMatchObject({
      status: "error",
      error: { message: expect.stringContaining('"Book the carrier" failed: The carrier answered 503') },
    });
    expect(
      Object.fromEntries(Object.values(view.nodes).map(({ nodeId, status, attempts }) => [nodeId, `${status} ${attempts.length}`])),
    ).toEqual({
      start: "success 1",
      label: "success 1",
      printer: "success 3",
      stack: "success 1",
      carrier: "error 3",
      notify: "skipped 1",
    });
    expect(view.nodes.notify?.attempts[0]?.message).toBe("Skipped: a node before it failed.");
  });
});
