import { expect, test } from "vitest";
import { startExecution } from "#features/execution/index.ts";
import { getExecution } from "#features/execution/view.ts";
import { setMember } from "#features/workflow/index.ts";
import { PASSWORD, startApp } from "../../support/app.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventsOf, fold, startTestWorker, viewWhen } from "../../support/runs.ts";

const unknown = { executionId: "11111111-1111-4111-8111-111111111111" };

test("[SUB4] whoever is no member of a workflow sees nothing of its runs and starts none", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url, { role: "all", background: false });
  await using _worker = await startTestWorker(app.runtime);
  const ada = await app.signUp("ada");
  const eve = await app.signUp("eve");
  const workflowId = await app.createWorkflow(ada);
  const started = (await app.mutate(ada, "execution.start", { workflowId, input: [{ a: 1 }] })) as { executionId: string };
  const { executionId } = started;
  await viewWhen(app.runtime, executionId);

  const calls = (run: { executionId: string }) =>
    [
      ["query", "execution.get", run],
      ["query", "execution.output", { ...run, nodeId: "start" }],
      ["mutate", "execution.cancel", run],
    ] as const;
  const ofWorkflow = [
    ["query", "execution.list", { workflowId }],
    ["mutate", "execution.start", { workflowId }],
  ] as const;
  for (const [kind, path, input] of [...calls({ executionId }), ...calls(unknown), ...ofWorkflow]) {
    expect(await app[kind](eve, path, input), path).toMatchObject({ code: "NOT_FOUND" });
    expect(await app[kind]({}, path, input), path).toMatchObject({ code: "UNAUTHORIZED" });
  }
  // A run of somebody else's is answered like one that is not there, to the last word.
  const toEve = async (run: { executionId: string }) => {
    const answers = calls(run).map(async ([kind, path, input]) => {
      const body = JSON.stringify({ json: input });
      const url = `${app.origin}/api/trpc/${path}`;
      const headers = { cookie: eve.cookie, "content-type": "application/json" };
      const response =
        kind === "query"
          ? await fetch(`${url}?input=${encodeURIComponent(body)}`, { headers })
          : await fetch(url, { method: "POST", headers, body });
      const { error } = (await response.json()) as { error: { json: { message: string; code: number } } }; // tRPC's own shape
      return [response.status, error.json.code, error.json.message];
    });
    return JSON.stringify(await Promise.all(answers)).replaceAll(run.executionId, "…");
  };
  expect(await toEve({ executionId })).toBe(await toEve(unknown));
  expect(await toEve({ executionId })).toContain("There is no run …");

  expect(await app.query(ada, "execution.get", { executionId })).toMatchObject({
    view: { id: executionId, status: "success", startedBy: { userId: ada.userId } },
    graph: { nodes: [{ id: "start" }] },
    position: expect.any(String),
  });
  expect(await app.query(ada, "execution.list", { workflowId })).toMatchObject({ items: [{ executionId, status: "success" }] });
  expect(await app.query(ada, "execution.output", { executionId, nodeId: "start" })).toMatchObject({
    items: [{ a: 1 }],
    total: 1,
    attempt: 1,
  });
  expect(await app.query(ada, "execution.output", { executionId, nodeId: "a\0b" })).toMatchObject({ code: "BAD_REQUEST" });
  expect(await app.query(ada, "execution.output", { executionId, nodeId: "other" })).toMatchObject({ items: [], total: 0, attempt: null });

  await setMember(app.runtime, { workflowId, userId: eve.userId }, "viewer");
  expect(await app.query(eve, "execution.get", { executionId })).toMatchObject({ view: { id: executionId } });
  expect(await app.mutate(eve, "execution.start", { workflowId })).toMatchObject({ code: "FORBIDDEN" });
  expect(await app.mutate(eve, "execution.cancel", { executionId })).toMatchObject({ code: "FORBIDDEN" });
  expect(app.errors).toEqual([]);
});

test("the whole of what a node put out can be read, five hundred items at a time and in order", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url, { role: "all", background: false });
  await using _worker = await startTestWorker(app.runtime);
  const ada = await app.signUp("ada");
  const workflowId = await app.createWorkflow(ada);
  const all = Array.from({ length: 1_203 }, (_, n) => ({ n }));
  const { executionId } = (await app.mutate(ada, "execution.start", { workflowId, input: all })) as { executionId: string };
  await viewWhen(app.runtime, executionId);
  const page = async (cursor?: number) =>
    (await app.query(ada, "execution.output", { executionId, nodeId: "start", cursor })) as { items: unknown[]; total: number };
  expect(await page()).toMatchObject({ items: all.slice(0, 500), total: 1_203 });
  expect(await page(500)).toMatchObject({ items: all.slice(500, 1_000), total: 1_203 });
  expect(await page(1_000)).toMatchObject({ items: all.slice(1_000), total: 1_203 });
  expect(await page(1_203)).toMatchObject({ items: [], total: 1_203 });
  expect(await app.query(ada, "execution.output", { executionId, nodeId: "start", cursor: -1 })).toMatchObject({ code: "BAD_REQUEST" });
});

test("what cannot be run is refused with the reason", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const ada = await app.signUp("ada");
  const workflowId = await app.createWorkflow(ada);
  const start = (input?: unknown) => app.mutate(ada, "execution.start", { workflowId, input });
  expect(await start("x".repeat(300_000))).toMatchObject({ code: "BAD_REQUEST" });

  const broken = {
    nodes: [{ id: "a", type: "http.request", name: "Ask", position: { x: 0, y: 0 }, parameters: {} }],
    edges: [],
  };
  await database.sql`update workflow set graph = ${database.sql.json(broken)}`;
  expect(await start()).toMatchObject({ code: "BAD_REQUEST" });
  await database.sql`update workflow set graph = '{"nodes": [], "edges": []}'`;
  expect(await start()).toMatchObject({ code: "BAD_REQUEST" });
  expect(await app.query(ada, "execution.list", { workflowId })).toMatchObject({ items: [] });
});

test("a workflow has at most 100 runs that have not ended", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const ada = await app.signUp("ada");
  const workflowId = await app.createWorkflow(ada);
  await database.sql`insert into execution (workflow_id, workflow_name, graph) select id, name, graph from workflow, generate_series(1, 100)`;
  expect(await app.mutate(ada, "execution.start", { workflowId })).toMatchObject({ code: "TOO_MANY_REQUESTS" });

  await database.sql`delete from execution where id in (select id from execution limit 2)`;
  const startedBy = { userId: ada.userId, name: "Ada" };
  const starts = await Promise.allSettled(Array.from({ length: 20 }, () => startExecution(app.runtime, { workflowId, startedBy })));
  expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
});

test("[JOB4] a run says who started it as its log does, also when the account is gone", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const [ada, bob] = [await app.signUp("ada"), await app.signUp("bob")];
  const workflowId = await app.createWorkflow(ada);
  await setMember(app.runtime, { workflowId, userId: bob.userId }, "editor");
  const { executionId } = (await app.mutate(bob, "execution.start", { workflowId })) as { executionId: string };
  await app.mutate(bob, "account.deleteAccount", { password: PASSWORD });
  expect(await app.query(bob, "account.me", null)).toMatchObject({ code: "UNAUTHORIZED" });
  const { view } = await getExecution(app.runtime, executionId);
  expect(view.startedBy).toEqual({ userId: bob.userId, name: "bob" });
  expect(fold(executionId, await eventsOf(app.runtime, executionId))).toEqual(view);
});
