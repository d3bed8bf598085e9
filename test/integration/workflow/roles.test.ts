/** The table of who may do what, cell by cell, over every way in. It stands in permissions.ts. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setMember } from "#features/workflow/index.ts";
import { workflowPermissions, workflowRoles } from "#features/workflow/permissions.ts";
import { appRouter } from "../../../src/router.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { openStream } from "../../support/sse.ts";

let database: TestDatabase;
let app: TestApp;
let ada: TestUser;
let person: TestUser;
let other: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  [ada, person, other] = await Promise.all([app.signUp("ada"), app.signUp("person"), app.signUp("other")]);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const columns = [...workflowRoles, "nobody"] as const;
type Column = (typeof columns)[number];

/** A workflow of Ada's with a run, in which `person` has the column's role and `other`, to act upon, is a viewer. */
interface Scene {
  readonly workflowId: string;
  readonly executionId: string;
  /** Positions before anything happened: a stream that may be read answers with events at once. */
  readonly before: { readonly workflow: string; readonly executions: string };
}

async function createScene(column: Column): Promise<Scene> {
  const workflowId = await app.createWorkflow(ada);
  const { position: workflow } = (await app.query(ada, "workflow.get", { workflowId })) as { position: string };
  const { position: executions } = (await app.query(ada, "execution.list", { workflowId })) as { position: string };
  if (column !== "nobody") await setMember(app.runtime, { workflowId, userId: person.userId }, column);
  await setMember(app.runtime, { workflowId, userId: other.userId }, "viewer");
  const { executionId } = (await app.mutate(ada, "execution.start", { workflowId })) as { executionId: string };
  return { workflowId, executionId, before: { workflow, executions } };
}

interface Call {
  readonly kind: "query" | "mutation" | "subscription";
  readonly path: string;
  readonly input: (scene: Scene) => object;
  readonly after?: (scene: Scene) => string;
}

const ofWorkflow = ({ workflowId }: Scene) => ({ workflowId });
const ofRun = ({ executionId }: Scene) => ({ executionId });

const rows: Record<keyof (typeof workflowPermissions)["owner"], readonly Call[]> = {
  view: [
    { kind: "query", path: "workflow.get", input: ofWorkflow },
    { kind: "query", path: "workflow.members", input: ofWorkflow },
    { kind: "query", path: "workflow.exportJson", input: ofWorkflow },
    { kind: "mutation", path: "workflow.duplicate", input: ofWorkflow },
    { kind: "mutation", path: "workflow.create", input: ({ workflowId }) => ({ name: "Mine", from: workflowId }) },
    { kind: "query", path: "execution.list", input: ofWorkflow },
    { kind: "query", path: "execution.get", input: ofRun },
    { kind: "query", path: "execution.output", input: (scene) => ({ ...ofRun(scene), nodeId: "start" }) },
    { kind: "subscription", path: "workflow.onChange", input: ofWorkflow, after: ({ before }) => before.workflow },
    { kind: "subscription", path: "execution.onList", input: ofWorkflow, after: ({ before }) => before.executions },
    { kind: "subscription", path: "execution.onProgress", input: ofRun },
    { kind: "subscription", path: "presence.onChange", input: ofWorkflow },
  ],
  run: [
    { kind: "mutation", path: "execution.start", input: ofWorkflow },
    { kind: "mutation", path: "execution.cancel", input: ofRun },
  ],
  edit: [
    { kind: "mutation", path: "workflow.rename", input: (scene) => ({ ...ofWorkflow(scene), name: "Other" }) },
    { kind: "mutation", path: "workflow.setActive", input: (scene) => ({ ...ofWorkflow(scene), active: true }) },
  ],
  manage: [
    { kind: "mutation", path: "workflow.share", input: (scene) => ({ ...ofWorkflow(scene), email: "new@example.com", role: "viewer" }) },
    {
      kind: "mutation",
      path: "workflow.share",
      input: (scene) => ({ ...ofWorkflow(scene), email: other.email, role: "editor" }),
    },
    { kind: "mutation", path: "workflow.uninvite", input: (scene) => ({ ...ofWorkflow(scene), email: "new@example.com" }) },
    { kind: "mutation", path: "workflow.unshare", input: (scene) => ({ ...ofWorkflow(scene), userId: other.userId }) },
    { kind: "mutation", path: "workflow.remove", input: ofWorkflow },
  ],
};

/** Those that name no workflow, and those of who is here, which have a test of their own below. */
const withoutRow = [
  ...["workflow.list", "workflow.onList", "workflow.importJson"],
  ...["presence.set", "presence.online", "presence.here"],
];

const transports: Record<string, (user: TestUser, call: Call, scene: Scene) => Promise<string>> = {
  async http(user, { kind, path, input }, scene) {
    const answer = kind === "mutation" ? await app.mutate(user, path, input(scene)) : await app.query(user, path, input(scene));
    return codeOf(answer);
  },

  async ws(user, { kind, path, input, after }, scene) {
    await using socket = await openSocket(app, user);
    if (kind === "subscription") socket.subscribe(1, path, input(scene), after?.(scene));
    else socket.send({ id: 1, method: kind, params: { path, input: { json: input(scene) } } });
    const { error } = await socket.frame(1, (frame) => frame.error !== undefined || frame.result?.type === "data");
    return error?.json.data.code ?? "OK";
  },

  async SSE(user, { kind, path, input, after }, scene) {
    if (kind !== "subscription") return codeOf(await callForStream(user, { kind, path }, input(scene)));
    await using stream = openStream(app, user, path, input(scene), after?.(scene));
    // Awaited here, or the stream would be given up at once.
    return await eventually(() => stream.refused?.code ?? (stream.events.length > 0 && "OK"), { what: `an answer of ${path}` });
  },
};

/** A call that asks to be answered with a stream of events is still the same call. */
async function callForStream(user: TestUser, { kind, path }: Pick<Call, "kind" | "path">, input: object): Promise<unknown> {
  const headers = { cookie: user.cookie, accept: "text/event-stream", "content-type": "application/json" };
  const json = JSON.stringify({ json: input });
  const response =
    kind === "mutation"
      ? await fetch(`${app.origin}/api/trpc/${path}`, { method: "POST", headers, body: json })
      : await fetch(`${app.origin}/api/trpc/${path}?input=${encodeURIComponent(json)}`, { headers });
  const body = (await response.json()) as { error?: { json: { data: unknown } } };
  return body.error?.json.data;
}

function codeOf(answer: unknown): string {
  const isError = answer !== null && typeof answer === "object" && "httpStatus" in answer && "code" in answer;
  return isError ? String(answer.code) : "OK";
}

/** What each cell answers. Nobody is not told that there is such a workflow. */
function expected(action: keyof typeof rows, column: Column): string {
  if (column === "nobody") return "NOT_FOUND";
  return workflowPermissions[column][action] ? "OK" : "FORBIDDEN";
}

test("[WFL1] every procedure of workflows, runs and presence has its row", () => {
  const procedures = Object.keys(appRouter._def.procedures).filter((path) => /^(workflow|execution|presence)\./.test(path));
  const known = [...Object.values(rows).flatMap((calls) => calls.map(({ path }) => path)), ...withoutRow];
  const advice = "say in `rows` which action it asks for, or in `withoutRow` that it names no workflow";
  expect(procedures.toSorted(), advice).toEqual([...new Set(known)].sort());
});

for (const action of ["view", "run", "edit", "manage"] as const) {
  describe(`[WFL1] who may ${action}`, () => {
    for (const column of columns) {
      test.each(Object.keys(transports))(`${column} over %s: ${expected(action, column)}`, async (name) => {
        const scene = await createScene(column);
        const answers: [string, string | undefined][] = [];
        // Subscriptions have an answer of their own way: over plain HTTP there are none.
        const calls = rows[action].filter(({ kind }) => name !== "http" || kind !== "subscription");
        for (const call of calls) answers.push([call.path, await transports[name]?.(person, call, scene)]);
        expect(answers).toEqual(calls.map(({ path }) => [path, expected(action, column)]));
        expect(app.errors).toEqual([]);
      });
    }
  });
}

describe("[WFL1] e-mail addresses and invitations are for owners", () => {
  test.each(columns)("as %s", async (column) => {
    const { workflowId } = await createScene(column);
    await app.mutate(ada, "workflow.share", { workflowId, email: "invited@example.com", role: "editor" });
    const answer = await app.query(person, "workflow.members", { workflowId });
    const text = JSON.stringify(answer);
    if (column === "owner") {
      expect(answer).toMatchObject({ invitations: [{ email: "invited@example.com", role: "editor" }] });
      for (const { email } of [ada, person, other]) expect(text).toContain(email);
    } else {
      expect(text).not.toContain("@example.com");
      if (column !== "nobody") expect(answer).toMatchObject({ members: expect.arrayContaining([expect.anything()]), invitations: [] });
    }
    // Nor in what every member reads live.
    const { position } = (await app.query(ada, "workflow.get", { workflowId })) as { position: string };
    await using stream = openStream(app, ada, "workflow.onChange", { workflowId }, position);
    await app.mutate(ada, "workflow.share", { workflowId, email: "second@example.com", role: "viewer" });
    await eventually(() => expect(stream.types).toEqual(["workflowShared"]));
    expect(stream.text()).not.toContain("@example.com");
  });
});

describe("[WFL1] who is here is told to those who may see the workflow", () => {
  test.each(columns)("as %s", async (column) => {
    const { workflowId } = await createScene(column);
    await using stream = openStream(app, ada, "presence.onChange", { workflowId });
    await eventually(() => expect(stream.types).toEqual(["room"]));
    // Who shares another workflow with her may know that she is online.
    const asker = column === "nobody" ? await app.signUp("stranger") : person;
    const here = await app.query(asker, "presence.here", { workflowIds: [workflowId] });
    expect(here).toEqual(column === "nobody" ? {} : { [workflowId]: [expect.objectContaining({ userId: ada.userId })] });
    const online = await app.query(asker, "presence.online", { userIds: [ada.userId] });
    if (column === "nobody") {
      expect(online).toEqual({ userIds: [] });
      expect(await app.mutate(asker, "presence.set", { workflowId, status: "idle" })).toMatchObject({ code: "NOT_FOUND" });
    } else expect(online).toEqual({ userIds: [ada.userId] });
  });
});

test("[WFL1] a workflow that does not exist is refused in the same words as somebody else's", async () => {
  const { workflowId } = await createScene("nobody");
  const without = async (id: string) => {
    const { requestId: _, ...answer } = (await app.query(person, "workflow.get", { workflowId: id })) as { requestId: string };
    return answer;
  };
  expect(await without(workflowId)).toEqual(await without(randomUUID()));
});
