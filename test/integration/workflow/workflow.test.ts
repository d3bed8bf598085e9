import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seedAccounts } from "#features/account/index.ts";
import { createWorkflow, removeMember, seedWorkflows, setMember } from "#features/workflow/index.ts";
import { startApp, type TestApp } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";

let database: TestDatabase;
let app: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test("a list shows one's own workflows with the role in each, and nobody else's", async () => {
  const [ada, eve] = [await app.signUp("ada"), await app.signUp("eve")];
  const first = await app.createWorkflow(ada, "B");
  const second = await app.createWorkflow(eve, "A");
  await setMember(app.runtime, { workflowId: second, userId: ada.userId }, "viewer");
  expect(await app.query(ada, "workflow.list", null)).toMatchObject({
    items: [
      { id: second, name: "A", role: "viewer", nodeCount: 1 },
      { id: first, name: "B", role: "owner" },
    ],
  });
  expect(await app.query(eve, "workflow.list", null)).toMatchObject({ items: [{ id: second }] });
  expect(await app.query({}, "workflow.list", null)).toMatchObject({ code: "UNAUTHORIZED" });
});

describe("membership is checked by every procedure", () => {
  test("a stranger learns nothing, not even that the workflow exists; a viewer sees and may not change", async () => {
    const [ada, eve] = [await app.signUp("ada"), await app.signUp("eve")];
    const workflowId = await app.createWorkflow(ada);
    const calls = [
      () => app.query(eve, "workflow.get", { workflowId }),
      () => app.mutate(eve, "workflow.rename", { workflowId, name: "Mine" }),
      () => app.mutate(eve, "execution.start", { workflowId }),
      () => app.query(eve, "execution.list", { workflowId }),
    ];
    for (const call of calls) expect(await call()).toMatchObject({ code: "NOT_FOUND" });
    await setMember(app.runtime, { workflowId, userId: eve.userId }, "viewer");
    expect(await calls[0]?.()).toMatchObject({ view: { role: "viewer" } });
    expect(await calls[1]?.()).toMatchObject({ code: "FORBIDDEN" });
    expect(await calls[2]?.()).toMatchObject({ code: "FORBIDDEN" });
    await removeMember(app.runtime, { workflowId, userId: eve.userId });
    for (const call of calls) expect(await call()).toMatchObject({ code: "NOT_FOUND" });
    expect(await app.query(ada, "workflow.get", { workflowId })).toMatchObject({ view: { name: "Test" } });
  });

  test("wrong input is refused with the fields that are wrong", async () => {
    const ada = await app.signUp("ada");
    expect(await app.query(ada, "workflow.get", { workflowId: "1" })).toMatchObject({
      code: "BAD_REQUEST",
      issues: [{ path: ["workflowId"] }],
    });
    expect(await app.mutate(ada, "workflow.rename", { workflowId: randomUUID(), name: "   " })).toMatchObject({ code: "BAD_REQUEST" });
    expect(await app.query(ada, "workflow.nothing", null)).toMatchObject({ code: "NOT_FOUND" });
  });
});

test("a graph with problems is not stored", async () => {
  const node = { id: "a", type: "delay", name: "A", position: { x: 0, y: 0 }, parameters: {} } as const;
  const graph = { nodes: [node, node], edges: [{ id: "e", source: "a", target: "a" }] };
  await expect(createWorkflow(app.runtime, { name: "Wrong", description: "", graph, members: [] })).rejects.toMatchObject({
    code: "INVALID",
  });
});

test("seeding twice, and twice at once, makes the two example workflows once, with both demo accounts", async () => {
  await seedAccounts(app.runtime);
  await Promise.all([seedWorkflows(app.runtime), seedWorkflows(app.runtime)]);
  await seedWorkflows(app.runtime);
  const rows = await database.sql`
    select w.name, count(*)::int as members from workflow w join workflow_member m on m.workflow_id = w.id
    join "user" u on u.id = m.user_id where u.email in ('one@example.com', 'two@example.com') group by w.id, w.name order by w.name`;
  expect([...rows]).toEqual([
    { name: "A delivery that fails", members: 2 },
    { name: "Revenue by region", members: 2 },
  ]);
});

test("system.info says which server answers, to anybody", async () => {
  expect(await app.query({}, "system.info", null)).toMatchObject({ instanceId: app.runtime.instanceId, version: expect.any(String) });
});
