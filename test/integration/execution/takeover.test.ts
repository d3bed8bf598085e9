import { once } from "node:events";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { startExecution } from "#features/execution/index.ts";
import type { ExecutionEvent } from "#features/execution/reduce.ts";
import { execution } from "#features/execution/schema.ts";
import { createDatabase } from "#server/db.ts";
import type { Runtime } from "#server/runtime.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { eventsOf, fold, graphOf, startApp, startRun, startTestWorker, startWorkerProcess, viewWhen } from "../../support/runs.ts";

/** A claim holds for 10 s after its worker's last sign of life, and the sweep looks every 2 s. */
const TAKEOVER_MS = 20_000;
const graph = graphOf([
  ["start", "manual"],
  ["before", "transform", { expression: "'done before'" }],
  ["long", "delay", { durationMs: 5_000 }],
  ["after", "transform", { expression: "$ & ', and after'" }],
]);

const longIsRunning = ({ nodes }: { nodes: Record<string, { status: string; attempts: readonly { done: number | null }[] }> }) =>
  nodes.long?.status === "running" && (nodes.long.attempts.at(-1)?.done ?? 0) > 0;

/** The log's part that the second worker wrote, after checking that it is whole and says what the tables say. */
async function eventsOfSecondWorker(runtime: Runtime, executionId: string): Promise<ExecutionEvent[]> {
  const events = await eventsOf(runtime, executionId);
  expect(fold(executionId, events)).toEqual(await viewWhen(runtime, executionId));
  const takeover = events.findIndex((event) => event.type === "executionStarted" && event.data.fence === 2);
  expect(takeover).toBeGreaterThan(0);
  return events.slice(takeover);
}

/** Only the lost attempt's end may be about attempt 1 of the long node; what was finished before is not run again. */
function expectOneWriter(events: readonly ExecutionEvent[], code = "WORKER_LOST"): void {
  expect(events.filter(({ type }) => type === "executionStarted" || type === "executionFinished")).toHaveLength(2);
  const aboutFirst = events.filter(({ data }) => "nodeId" in data && data.nodeId === "long" && "attempt" in data && data.attempt === 1);
  expect(aboutFirst).toMatchObject([{ type: "nodeFailed", data: { error: { code }, nextRetryMs: 0 } }]);
  expect(events.some(({ data }) => "nodeId" in data && (data.nodeId === "start" || data.nodeId === "before"))).toBe(false);
}

describe.concurrent("[JOB1] a run survives its worker", () => {
  test("kill -9: another worker goes on with the node that was running", async () => {
    await using database = await createTestDatabase();
    await using app = await startApp(database.url);
    await using first = await startWorkerProcess(database.url);
    await using second = await startWorkerProcess(database.url);
    // Paused, so that the first one takes the run, and ready, so that the takeover is not about its start.
    process.kill(second.pid, "SIGSTOP");
    const { executionId } = await startRun(app.runtime, graph);
    await viewWhen(app.runtime, executionId, longIsRunning);
    process.kill(second.pid, "SIGCONT");
    const killedAt = Date.now();
    process.kill(first.pid, "SIGKILL");

    const view = await viewWhen(app.runtime, executionId, undefined, TAKEOVER_MS + 10_000);
    expect(view).toMatchObject({ status: "success", fence: 2, workerId: second.instanceId });
    expect(view.nodes.long?.attempts.map(({ status }) => status)).toEqual(["error", "success"]);
    expect(view.nodes.after?.attempts[0]?.preview).toBe('["done before, and after"]');
    const events = await eventsOfSecondWorker(app.runtime, executionId);
    expectOneWriter(events);
    const takeoverMs = (events[0]?.at.getTime() ?? Number.POSITIVE_INFINITY) - killedAt;
    expect(takeoverMs).toBeLessThan(TAKEOVER_MS);
  });

  test("[LOG5] SIGSTOP and SIGCONT: the paused worker writes nothing when it wakes up, and is fit for the next run", async () => {
    await using database = await createTestDatabase();
    await using app = await startApp(database.url);
    await using paused = await startWorkerProcess(database.url);
    const { executionId, workflowId } = await startRun(app.runtime, graph);
    await viewWhen(app.runtime, executionId, longIsRunning);
    process.kill(paused.pid, "SIGSTOP");
    {
      await using other = await startTestWorker(app.runtime);
      await viewWhen(app.runtime, executionId, (view) => view.fence === 2 && longIsRunning(view), TAKEOVER_MS);
      process.kill(paused.pid, "SIGCONT");
      const view = await viewWhen(app.runtime, executionId);
      expect(view).toMatchObject({ status: "success", fence: 2, workerId: app.runtime.instanceId });
      expect(other.worker.running).toBeLessThanOrEqual(1);
    }
    const { executionId: next } = await startExecution(app.runtime, { workflowId, startedBy: null });
    expect(await viewWhen(app.runtime, next, undefined, 20_000)).toMatchObject({ status: "success", workerId: paused.instanceId });
    // Only now: whatever the paused worker had to say about the first run would be in its log.
    expectOneWriter(await eventsOfSecondWorker(app.runtime, executionId));
  });

  test("a worker that stands still in the middle of a write keeps nobody from the run", async () => {
    await using database = await createTestDatabase();
    await using app = await startApp(database.url);
    await using paused = await startWorkerProcess(database.url);
    const { executionId } = await startRun(app.runtime, graph);
    await viewWhen(app.runtime, executionId, longIsRunning);
    // Its next report waits for this row, within its transaction; by the time it has it, nobody is there to commit.
    await database.sql.begin(async (sql) => {
      await sql`select from execution_node where execution_id = ${executionId} for update`;
      const waiting = () => database.sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      await eventually(async () => (await waiting()).length > 0);
      process.kill(paused.pid, "SIGSTOP");
    });
    const heldUp = () => database.sql`select from pg_stat_activity where state = 'idle in transaction' and datname = current_database()`;
    await eventually(async () => (await heldUp()).length > 0);
    await using _ = await startTestWorker(app.runtime);
    await viewWhen(app.runtime, executionId, (view) => view.fence === 2 && longIsRunning(view), TAKEOVER_MS);
    process.kill(paused.pid, "SIGCONT");
    expect(await viewWhen(app.runtime, executionId)).toMatchObject({ status: "success", fence: 2, workerId: app.runtime.instanceId });
    expectOneWriter(await eventsOfSecondWorker(app.runtime, executionId));
  });

  test("a statement of which only the first half came keeps nobody from the run", async () => {
    await using database = await createTestDatabase();
    await using proxy = await startFaultProxy(database.url);
    await using app = await startApp(database.url);
    const silent = createDatabase(proxy.url, { max: 1 });
    const { executionId } = await startRun(app.runtime, graph);
    const stuck = silent.db.transaction(async (tx) => {
      await tx.select().from(execution).where(eq(execution.id, executionId)).for("update");
      // The driver sends the values when it has heard what the statement takes, and that it never hears.
      proxy.setDelay(600_000);
      await tx.execute(sql`select ${executionId}::text as half`);
    });
    const ended = stuck.catch((error: unknown) => error);
    const halfThere = () => database.sql`
      select from pg_stat_activity where datname = current_database() and wait_event = 'ClientRead' and state = 'active' and query like '%as half'`;
    await eventually(async () => expect(await halfThere()).toHaveLength(1));
    await using _ = await startTestWorker(app.runtime);
    await viewWhen(app.runtime, executionId, (view) => view.status === "running", TAKEOVER_MS);
    expect(await halfThere()).toHaveLength(0);
    proxy.cut();
    expect(await ended).toBeInstanceOf(Error);
    await silent.close();
    expect(await viewWhen(app.runtime, executionId)).toMatchObject({ status: "success", fence: 1 });
  });

  test("SIGTERM: the run is given back and goes on elsewhere at once", async () => {
    await using database = await createTestDatabase();
    await using app = await startApp(database.url);
    await using first = await startWorkerProcess(database.url);
    await using second = await startWorkerProcess(database.url);
    process.kill(second.pid, "SIGSTOP"); // as above
    const { executionId } = await startRun(app.runtime, graph);
    await viewWhen(app.runtime, executionId, longIsRunning);
    process.kill(second.pid, "SIGCONT");
    const toldAt = Date.now();
    const exited = once(first.process, "exit");
    process.kill(first.pid, "SIGTERM");
    expect(await exited).toEqual([0, null]);

    const view = await viewWhen(app.runtime, executionId);
    expect(view).toMatchObject({ status: "success", fence: 2, workerId: second.instanceId });
    const events = await eventsOfSecondWorker(app.runtime, executionId);
    expectOneWriter(events, "WORKER_STOPPED");
    const handoverMs = (events[0]?.at.getTime() ?? Number.POSITIVE_INFINITY) - toldAt;
    expect(handoverMs).toBeLessThan(1_500);
  });
});
