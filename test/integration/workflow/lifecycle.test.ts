/** Making workflows, switching them, and carrying them out and in, through the API. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workflowTopic } from "#features/workflow/events.ts";
import { workflowExamples } from "#features/workflow/examples.ts";
import type { WorkflowView } from "#features/workflow/reduce.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import fc from "../../support/fast-check.ts";
import { anyGraph } from "../../support/graphs.ts";

let database: TestDatabase;
let app: TestApp;
let ada: TestUser;
let eve: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  [ada, eve] = await Promise.all([app.signUp("ada"), app.signUp("eve")]);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function make(by: TestUser, path: string, input: object): Promise<string> {
  const answer = (await app.mutate(by, path, input)) as { workflowId?: string };
  if (answer.workflowId === undefined) throw new Error(JSON.stringify(answer));
  return answer.workflowId;
}

async function viewOf(by: TestUser, workflowId: string): Promise<WorkflowView> {
  return ((await app.query(by, "workflow.get", { workflowId })) as { view: WorkflowView }).view;
}

async function eventsOf(workflowId: string): Promise<{ type: string; data: unknown }[]> {
  const rows = await database.sql<{ data: string }[]>`
    select data from rt.event where stream = ${`${workflowTopic.name}:${workflowId}`} order by seq`;
  return rows.map(({ data }) => JSON.parse(data) as { type: string; data: unknown });
}

describe("a new workflow", () => {
  test("is empty, or a copy of an example, and belongs to whoever made it", async () => {
    const empty = await make(ada, "workflow.create", { name: "  Empty " });
    expect(await viewOf(ada, empty)).toMatchObject({
      name: "Empty",
      role: "owner",
      active: false,
      userId: ada.userId,
      graph: { nodes: [] },
    });
    for (const { key, graph, description } of workflowExamples) {
      const workflowId = await make(ada, "workflow.create", { name: "Mine", from: key });
      expect(await viewOf(ada, workflowId)).toMatchObject({ name: "Mine", description, graph: JSON.parse(JSON.stringify(graph)) });
      expect(await app.query(eve, "workflow.get", { workflowId })).toMatchObject({ code: "NOT_FOUND" });
    }
    expect(await eventsOf(empty)).toMatchObject([{ type: "workflowCreated", data: { name: "Empty", byUserId: ada.userId } }]);
  });

  test("is a copy of one that its maker may see, and of no other", async () => {
    const workflowId = await make(ada, "workflow.create", { name: "x".repeat(120), from: "failingDelivery" });
    for (const call of [
      () => app.mutate(eve, "workflow.create", { name: "Mine", from: workflowId }),
      () => app.mutate(eve, "workflow.duplicate", { workflowId }),
      () => app.mutate(ada, "workflow.create", { name: "Mine", from: randomUUID() }),
    ])
      expect(await call()).toMatchObject({ code: "NOT_FOUND" });
    await app.mutate(ada, "workflow.share", { workflowId, email: eve.email, role: "viewer" });
    const [copy, other] = [
      await make(eve, "workflow.duplicate", { workflowId }),
      await make(eve, "workflow.create", { name: "Mine", from: workflowId }),
    ];
    const { graph, description } = await viewOf(ada, workflowId);
    expect(await viewOf(eve, copy)).toMatchObject({ name: `${"x".repeat(113)} (copy)`, role: "owner", graph, description });
    expect(await viewOf(eve, other)).toMatchObject({ name: "Mine", role: "owner", graph, description });
    expect(await app.query(ada, "workflow.get", { workflowId: copy })).toMatchObject({ code: "NOT_FOUND" });
  });

  test("begins with nothing else", async () => {
    expect(await app.mutate(ada, "workflow.create", { name: "Mine", from: "magic" })).toMatchObject({
      code: "BAD_REQUEST",
      issues: [{ path: ["from"] }],
    });
  });

  test("is refused to somebody who owns five hundred", async () => {
    const hoarder = await app.signUp("hoarder");
    await database.sql`with made as (
      insert into workflow (name, graph) select 'W' || n, '{"nodes":[],"edges":[]}' from generate_series(1, 500) n returning id
    ) insert into workflow_member (workflow_id, user_id, role) select id, ${hoarder.userId}, 'owner' from made`;
    expect(await app.mutate(hoarder, "workflow.create", { name: "One more" })).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    await database.sql`
      delete from workflow_member where ctid in (select ctid from workflow_member where user_id = ${hoarder.userId} limit 1)`;
    const atOnce = await Promise.all(Array.from({ length: 8 }, () => app.mutate(hoarder, "workflow.create", { name: "The last one" })));
    expect(atOnce.filter((answer) => "workflowId" in (answer as object))).toHaveLength(1);
  });
});

describe("[WFL6] what is exported can be imported", () => {
  test.each(workflowExamples.map(({ key }) => key))("the example %s comes out as it went in, as text and as JSON", async (from) => {
    const workflowId = await make(ada, "workflow.create", { name: "Out", from });
    const { json } = (await app.query(ada, "workflow.exportJson", { workflowId })) as { json: string };
    for (const source of [json, JSON.parse(json)]) {
      const copy = await make(eve, "workflow.importJson", { json: source });
      const [{ graph, name, description }, original] = [await viewOf(eve, copy), await viewOf(ada, workflowId)];
      expect({ graph, name, description }).toEqual({ graph: original.graph, name: "Out", description: original.description });
    }
  });

  test("any graph comes back from the database and out of its file as it went in", async () => {
    const property = fc.asyncProperty(anyGraph, async (graph) => {
      const json = { heliograph: 1, name: "Any", ...graph };
      const workflowId = await make(ada, "workflow.importJson", { json });
      const exported = (await app.query(ada, "workflow.exportJson", { workflowId })) as { json: string };
      const copy = await make(ada, "workflow.importJson", exported);
      expect((await viewOf(ada, workflowId)).graph).toEqual(graph);
      expect((await viewOf(ada, copy)).graph).toEqual(graph);
      for (const id of [workflowId, copy]) await app.mutate(ada, "workflow.remove", { workflowId: id });
    });
    await fc.assert(property, { numRuns: 20 });
  });

  test("what cannot be is refused with the place of each problem, and nothing is stored", async () => {
    // Removed ones go for good in the background, whenever.
    const count = async () => (await database.sql`select 1 from workflow where removed_at is null`).length;
    const before = await count();
    const node = { id: "ask", type: "http.request", name: "Ask", position: { x: 0, y: 0 }, parameters: { url: "ftp://x" } };
    const json = { heliograph: 1, name: "In", nodes: [node], edges: [{ id: "e", source: "ask", target: "gone" }] };
    expect(await app.mutate(ada, "workflow.importJson", { json: JSON.stringify(json) })).toMatchObject({
      code: "BAD_REQUEST",
      details: { paths: ["nodes[0].parameters.url", "edges[0]"] },
    });
    for (const wrong of ["{", null, 7, undefined, `${"[".repeat(20_000)}${"]".repeat(20_000)}`])
      expect(await app.mutate(ada, "workflow.importJson", { json: wrong })).toMatchObject({ code: "BAD_REQUEST" });
    expect(await count()).toBe(before);
    expect(app.errors).toEqual([]);
  });
});

describe("[WFL8] text that Postgres cannot hold is refused by name", () => {
  test.each(["a\0b", "\ud800", "\udc00 x"])("%j as a name", async (name) => {
    const workflowId = await app.createWorkflow(ada);
    for (const call of [() => app.mutate(ada, "workflow.create", { name }), () => app.mutate(ada, "workflow.rename", { workflowId, name })])
      expect(await call()).toMatchObject({
        code: "BAD_REQUEST",
        issues: [{ path: ["name"], message: expect.stringMatching(/NUL|surrogate/) }],
      });
    const json = { heliograph: 1, name, nodes: [], edges: [] };
    for (const source of [json, JSON.stringify(json)])
      expect(await app.mutate(ada, "workflow.importJson", { json: source })).toMatchObject({
        code: "BAD_REQUEST",
        details: { paths: ["name"] },
      });
    expect(app.errors).toEqual([]);
  });
});

describe("switching a workflow on", () => {
  test("makes it active for everyone, once", async () => {
    const workflowId = await app.createWorkflow(ada);
    const setActive = (active: boolean) => app.mutate(ada, "workflow.setActive", { workflowId, active });
    expect(await setActive(true)).toEqual({ active: true, reason: null });
    expect(await setActive(true)).toEqual({ active: true, reason: null });
    expect((await viewOf(ada, workflowId)).active).toBe(true);
    expect(await setActive(false)).toEqual({ active: false, reason: null });
    expect((await eventsOf(workflowId)).map(({ type }) => type)).toEqual(["workflowCreated", "workflowActivated", "workflowDeactivated"]);
  });

  test("fails with the reason while it cannot run, as an answer and as an event", async () => {
    const workflowId = await make(ada, "workflow.create", { name: "Empty" });
    const answer = await app.mutate(ada, "workflow.setActive", { workflowId, active: true });
    expect(answer).toEqual({ active: false, reason: "It has no nodes yet." });
    expect((await viewOf(ada, workflowId)).active).toBe(false);
    expect((await eventsOf(workflowId)).at(-1)).toMatchObject({
      type: "workflowActivationFailed",
      data: { reason: "It has no nodes yet.", byUserId: ada.userId },
    });
  });
});
