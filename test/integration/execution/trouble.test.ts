import { sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { claimExecution } from "#features/execution/claim.ts";
import { executionTopic } from "#features/execution/events.ts";
import { cancelExecution, startExecution } from "#features/execution/index.ts";
import { storeItems } from "#features/execution/items.ts";
import { Ledger } from "#features/execution/ledger.ts";
import { getExecution } from "#features/execution/view.ts";
import type { RealtimeTransaction } from "#realtime/index.ts";
import type { Runtime } from "#server/runtime.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { eventsOf, fold, graphOf, startApp, startRun, startTestWorker, startWorkerProcess, viewWhen } from "../../support/runs.ts";

type Fault = "before" | "after";

/** A runtime whose transactions can be made to fail: before they commit, or after it, as when the reply is lost. */
function withFaults(runtime: Runtime, fault: (executionId: string | null, types: readonly string[]) => Fault | null): Runtime {
  const { realtime } = runtime;
  const transaction: typeof realtime.transaction = async (db, fn, config) => {
    let planned: Fault | null = null;
    const result = await realtime.transaction(
      db,
      async (tx: RealtimeTransaction) => {
        const { publish } = tx;
        let executionId: string | null = null;
        const types: string[] = [];
        tx.publish = (topic, id, event, options) => {
          if (topic.name === executionTopic.name) executionId = id;
          types.push(event.type);
          publish(topic, id, event, options);
        };
        const value = await fn(tx);
        planned = fault(executionId, types);
        if (planned === "before") throw new Error("The connection was lost (injected).");
        return value;
      },
      config,
    );
    if (planned === "after") throw new Error("The reply was lost (injected).");
    return result;
  };
  const names = ["snapshot", "subscribe", "signal", "onSignal"] as const;
  const rest = Object.fromEntries(names.map((name) => [name, realtime[name].bind(realtime)]));
  // A worker uses these and nothing else of the engine, whose class cannot be built from parts.
  return { ...runtime, realtime: { ...rest, transaction } as unknown as Runtime["realtime"] };
}

const graph = graphOf([
  ["start", "manual"],
  ["retried", "fail", { untilAttempt: 2 }, { maxAttempts: 3, delayMs: 5 }],
  ["short", "delay", { durationMs: 20 }],
  ["failing", "fail", {}],
  ["skipped", "delay"],
]);

test("[JOB3] whichever write of a run fails, before or after its commit, the run ends and its log is whole", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const writes = new Map<string, number>();
  const plan = new Map<string, { readonly at: number; readonly fault: Fault }>();
  const faulty = withFaults(app.runtime, (executionId) => {
    if (executionId === null) return null;
    const count = (writes.get(executionId) ?? 0) + 1;
    writes.set(executionId, count);
    const planned = plan.get(executionId);
    return planned?.at === count ? planned.fault : null;
  });
  const runs: string[] = [];
  // Planned before a worker can have them.
  for (let at = 1; at <= 12; at++) {
    for (const fault of ["before", "after"] as const) {
      const { executionId } = await startRun(app.runtime, graph);
      plan.set(executionId, { at, fault });
      runs.push(executionId);
    }
  }
  await using _worker = await startTestWorker(faulty, { concurrency: 32 });
  const views = await Promise.all(runs.map((executionId) => viewWhen(app.runtime, executionId, undefined, 120_000)));
  for (const view of views) {
    expect(view.status).toBe("error");
    expect(Object.values(view.nodes).map(({ status }) => status)).toEqual(["success", "success", "success", "error", "skipped"]);
    expect(fold(view.id, await eventsOf(app.runtime, view.id))).toEqual(view);
  }
  // The faults did happen.
  expect(views.filter(({ fence }) => fence > 1).length).toBeGreaterThan(10);
});

test.each(["before", "after"] as const)(
  "[JOB3] a cancelled run whose last write fails %s its commit leaves no attempt running",
  async (fault) => {
    await using database = await createTestDatabase();
    await using app = await startApp(database.url);
    let failed = 0;
    const faulty = withFaults(app.runtime, (_, types) => (types.includes("nodeFailed") && failed++ === 0 ? fault : null));
    await using _worker = await startTestWorker(faulty);
    const { executionId } = await startRun(app.runtime, graphOf([["long", "delay", { durationMs: 60_000 }]]));
    await viewWhen(app.runtime, executionId, ({ nodes }) => nodes.long?.status === "running");
    await cancelExecution(app.runtime, executionId, null);
    const view = await viewWhen(app.runtime, executionId);
    expect(failed).toBeGreaterThan(0);
    expect(view.status).toBe("cancelled");
    expect(view.nodes.long?.attempts.map(({ status }) => status)).not.toContain("running");
    expect(fold(executionId, await eventsOf(app.runtime, executionId))).toEqual(view);
  },
);

test("[JOB3] a node that takes its worker down three times fails, and the run ends", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const { runtime } = app;
  const { executionId } = await startRun(
    runtime,
    graphOf([
      ["start", "manual"],
      ["deadly", "delay", { durationMs: 60_000 }],
    ]),
  );
  for (let time = 1; time <= 3; time++) {
    const claim = await claimExecution(runtime, executionId, `doomed-${time}`);
    if (!claim) throw new Error("The run could not be claimed.");
    const ledger = new Ledger(runtime, claim);
    const [start, deadly] = claim.execution.graph.nodes;
    if (!start || !deadly) throw new Error("The run has other nodes.");
    if (time === 1) {
      await ledger.nodeStarted(start, 1, 0, storeItems([], "nothing"));
      await ledger.nodeSucceeded(start, 1, storeItems([1], "one item"));
    }
    await ledger.nodeStarted(deadly, time, 1, storeItems([1], "one item"));
    await database.sql`update execution set lease_until = now() - interval '1 second'`;
  }
  await using _worker = await startTestWorker(runtime);
  const view = await viewWhen(runtime, executionId);
  expect(view).toMatchObject({ status: "error", error: { code: "WORKER_LOST" }, fence: 4, nodes: { deadly: { status: "error" } } });
  expect(fold(executionId, await eventsOf(runtime, executionId))).toEqual(view);
});

test("[LOG5] everything that a worker with an older claim writes is refused, and no row of it stays", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const { runtime } = app;
  const { executionId } = await startRun(
    runtime,
    graphOf([
      ["start", "manual"],
      ["next", "delay"],
    ]),
  );
  const claim = await claimExecution(runtime, executionId, "old");
  const [start, next] = claim?.execution.graph.nodes ?? [];
  if (!claim || !start || !next) throw new Error("The run could not be claimed.");
  const old = new Ledger(runtime, claim);
  await old.nodeStarted(start, 1, 0, null);
  expect(await claimExecution(runtime, executionId, "too early")).toBeNull();
  await database.sql`update execution set lease_until = now() - interval '1 second'`;
  expect(await claimExecution(runtime, executionId, "new")).toMatchObject({ fence: 2 });

  const before = await getExecution(runtime, executionId);
  const items = storeItems([1], "one item");
  const attempts = [
    () => old.nodeProgress(start, 1, { done: 1, total: 2, message: "" }),
    () => old.nodeSucceeded(start, 1, items),
    () => old.nodeFailed(start, 1, { code: "X", message: "" }, null),
    () => old.nodeStarted(next, 1, 1, items),
    () => old.nodesSkipped([{ nodeId: "next", attempt: 1, reason: "noInput" }]),
    () => old.finished({ status: "success", error: null }, []),
  ];
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "FENCED" });
  expect(await getExecution(runtime, executionId)).toEqual(before);
});

test("[JOB3] [LOG1] a start that is rolled back leaves no run, no event and no job", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const { workflowId, executionId } = await startRun(app.runtime, graphOf([["start", "manual"]]));
  const failing = withFaults(app.runtime, () => "before");
  await expect(startExecution(failing, { workflowId, startedBy: null })).rejects.toThrow("injected");
  expect(await database.sql`select id from execution`).toEqual([{ id: executionId }]);
  expect(await database.sql`select id from pgboss.job where name = 'execution'`).toEqual([{ id: executionId }]);
  expect(await database.sql`select distinct stream from rt.event where stream like 'execution:%'`).toEqual([
    { stream: `execution:${executionId}` },
  ]);
});

test("[JOB3] a queued run whose job was lost is found by the sweep", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const { executionId } = await startRun(app.runtime, graphOf([["start", "manual"]]));
  await app.runtime.db.execute(sql`delete from pgboss.job`);
  await using _worker = await startTestWorker(app.runtime);
  expect(await viewWhen(app.runtime, executionId)).toMatchObject({ status: "success", fence: 1 });
});

test("[JOB3] a run ends although every connection of its worker is cut, again and again", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using _worker = await startTestWorker(app.runtime);
  const steps = Array.from({ length: 6 }, (_, n) => [`step${n}`, "delay", { durationMs: 400 }] as const);
  const { executionId } = await startRun(app.runtime, graphOf([["start", "manual"], ...steps]));
  for (const step of ["step0", "step2", "step4"]) {
    await eventually(
      async () => {
        const rows = await database.sql`select from execution_node where execution_id = ${executionId} and node_id = ${step}`;
        return rows.length > 0;
      },
      { timeoutMs: 60_000 },
    );
    expect(await database.killBackends()).toBeGreaterThan(0);
  }
  const ended = async () => (await database.sql`select from execution where status not in ('queued', 'running')`).length === 1;
  await eventually(ended, { timeoutMs: 60_000 });
  const view = await viewWhen(app.runtime, executionId);
  expect(view.status).toBe("success");
  expect(fold(executionId, await eventsOf(app.runtime, executionId))).toEqual(view);
});

test("[NODE2] an expression that makes V8 abort fails its node in words, and its worker lives", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using worker = await startWorkerProcess(database.url);
  const expression = (text: string) =>
    graphOf([
      ["start", "manual"],
      ["sum", "transform", { expression: text, timeoutMs: 30_000 }],
    ]);
  const fatal = await startRun(app.runtime, expression("[1..9999999]"));
  expect(await viewWhen(app.runtime, fatal.executionId, undefined, 60_000)).toMatchObject({
    status: "error",
    fence: 1,
    error: { code: "EXPRESSION_TOO_LARGE", message: expect.stringContaining("memory") },
  });
  const next = await startRun(app.runtime, expression("1 + 1"));
  expect(await viewWhen(app.runtime, next.executionId)).toMatchObject({ status: "success", workerId: worker.instanceId });
  expect(worker.process.exitCode).toBeNull();
});

test("[JOB3] data that the database refuses fails its node, and no worker is lost over it", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using _worker = await startTestWorker(app.runtime);
  await database.sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'out of range' using errcode = '22003'; end $$;
    create trigger refuse before update on execution_node for each row
      when (new.node_id = 'refused' and new.status = 'success') execute function refuse()`);
  const { executionId } = await startRun(
    app.runtime,
    graphOf([
      ["start", "manual"],
      ["refused", "transform"],
    ]),
  );
  const view = await viewWhen(app.runtime, executionId);
  expect(view).toMatchObject({ status: "error", fence: 1, error: { code: "ITEMS_NOT_STORABLE" } });
  expect(view.nodes.refused?.attempts).toHaveLength(1);
  expect(fold(executionId, await eventsOf(app.runtime, executionId))).toEqual(view);
});

test("many inputs that are too large together are refused before they are loaded", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const graph = graphOf(
    [
      ["a", "manual"],
      ["b", "manual"],
      ["sum", "delay"],
    ],
    ["a>sum", "b>sum"],
  );
  const { executionId } = await startRun(app.runtime, graph);
  await database.sql`insert into execution_node (execution_id, node_id, attempt, status, output, item_count)
    select ${executionId}, id, 1, 'success', ('["' || repeat('x', 2500000) || '"]')::json, 1 from unnest(array['a', 'b']) id`;
  const loaded = vi.spyOn(Ledger.prototype, "outputsOf");
  await using _worker = await startTestWorker(app.runtime);
  const view = await viewWhen(app.runtime, executionId);
  expect(view.error).toMatchObject({ code: "ITEMS_TOO_LARGE", message: expect.stringContaining('what goes into "sum" is 5.0 MB') });
  expect(view.nodes.sum?.attempts[0]).toMatchObject({ inputCount: 2 });
  expect(loaded).not.toHaveBeenCalled();
  loaded.mockRestore();
});

test("[LOG5] a worker that wakes up after its run was deleted writes nothing, not even a new stream", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const { executionId } = await startRun(app.runtime, graphOf([["a", "delay"]]));
  const claim = await claimExecution(app.runtime, executionId, "old");
  const [node] = claim?.execution.graph.nodes ?? [];
  if (!claim || !node) throw new Error("The run was not claimed.");
  const late = new Ledger(app.runtime, claim);
  await late.nodeStarted(node, 1, 0, null);
  await app.runtime.realtime.transaction(app.runtime.db, async (tx) => {
    await tx.execute(sql`delete from execution where id = ${executionId}`);
    await tx.forget(executionTopic, executionId);
  });
  const stored = storeItems([1], "it");
  const writes = [
    () => late.nodeProgress(node, 1, { done: 1, total: 2, message: "late" }),
    () => late.nodeSucceeded(node, 1, stored),
    () => late.nodeFailed(node, 1, { code: "X", message: "late" }, null),
    () => late.nodeStarted(node, 2, 0, null),
    () => late.nodesSkipped([{ nodeId: "a", attempt: 2, reason: "noInput" }]),
    () => late.finished({ status: "success", error: null }, []),
  ];
  for (const write of writes) await expect(write()).rejects.toMatchObject({ code: "FENCED" });
  expect(await database.sql`select stream from rt.stream where stream = ${`execution:${executionId}`}`).toEqual([]);
  expect(await database.sql`select seq from rt.event where stream = ${`execution:${executionId}`}`).toEqual([]);
});
