/** The list of one's workflows, live. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type WorkflowSummary, workflowListTopic } from "#features/workflow/events.ts";
import { setMember } from "#features/workflow/index.ts";
import { flushLists, listWorkflows, markLists } from "#features/workflow/list.ts";
import { reduceWorkflowList } from "#features/workflow/reduce.ts";
import { workflow } from "#features/workflow/schema.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { seededRandom } from "../../support/random.ts";
import { openSocket } from "../../support/raw-socket.ts";
import { openStream } from "../../support/sse.ts";

let database: TestDatabase;
let app: TestApp;
let twin: TestApp;
let ada: TestUser;
let bob: TestUser;
let eve: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  twin = await startApp(database.url);
  [ada, bob, eve] = await Promise.all([app.signUp("ada"), app.signUp("bob"), app.signUp("eve")]);
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await twin[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

interface Folding extends AsyncDisposable {
  items(): readonly WorkflowSummary[];
}

/** A person's list as a page has it: the snapshot, then the events after it. */
async function foldList({ runtime }: TestApp, { userId }: TestUser): Promise<Folding> {
  const abort = new AbortController();
  const { items: first, position } = await listWorkflows(runtime, userId);
  let items: readonly WorkflowSummary[] = first;
  const reading = (async () => {
    for await (const { event } of runtime.realtime.subscribe(workflowListTopic, userId, { after: position, signal: abort.signal })) {
      if (event.type === "resync") throw new Error("Nothing was lost.");
      items = reduceWorkflowList(items, event);
    }
  })();
  return {
    items: () => items,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reading;
    },
  };
}

const summaryOf = (folding: Folding, workflowId: string) => folding.items().find(({ id }) => id === workflowId);

test("[WFL5] what anybody does to a workflow shows in the lists of all its members, on another instance", async () => {
  await using mine = await foldList(twin, ada);
  await using bobs = await foldList(twin, bob);
  const { workflowId } = (await app.mutate(ada, "workflow.create", { name: "Zebra", from: "failingDelivery" })) as { workflowId: string };
  await eventually(() => expect(summaryOf(mine, workflowId)).toMatchObject({ name: "Zebra", role: "owner", active: false, nodeCount: 6 }));
  await app.mutate(ada, "workflow.share", { workflowId, email: bob.email, role: "editor" });
  await eventually(() =>
    expect(summaryOf(bobs, workflowId)).toMatchObject({
      role: "editor",
      memberCount: 2,
      members: [
        { userId: ada.userId, name: "ada", color: expect.any(String) },
        { userId: bob.userId, name: "bob" },
      ],
    }),
  );
  await app.mutate(bob, "workflow.rename", { workflowId, name: "Aardvark" });
  await app.mutate(bob, "workflow.setActive", { workflowId, active: true });
  await eventually(() => expect(summaryOf(mine, workflowId)).toMatchObject({ name: "Aardvark", active: true, memberCount: 2 }));
  expect(mine.items()[0]?.id).toBe(workflowId);
  await app.mutate(bob, "workflow.unshare", { workflowId, userId: bob.userId });
  await eventually(() => expect(summaryOf(bobs, workflowId)).toBeUndefined());
  await eventually(() => expect(summaryOf(mine, workflowId)).toMatchObject({ memberCount: 1 }));
  await app.mutate(ada, "workflow.remove", { workflowId });
  await eventually(() => expect(summaryOf(mine, workflowId)).toBeUndefined());
});

test("the list comes over sockets and SSE, to its person and to nobody else", async () => {
  const { position } = (await app.query(ada, "workflow.list", null)) as { position: string };
  await using socket = await openSocket(twin, ada);
  socket.subscribe(1, "workflow.onList", {}, position);
  await using stream = openStream(twin, ada, "workflow.onList", {}, position);
  await using others = openStream(twin, eve, "workflow.onList", {});
  await using nobodys = openStream(twin, {}, "workflow.onList", {});
  expect(await nobodys.refusal()).toMatchObject({ code: "UNAUTHORIZED" });
  await others.opened();
  const workflowId = await app.createWorkflow(ada, "Mine");
  await eventually(() => {
    expect(socket.eventTypes(1)).toEqual(["workflowListed"]);
    expect(stream.events).toMatchObject([{ type: "workflowListed", data: { id: workflowId, name: "Mine" } }]);
  });
  expect(others.events).toEqual([]);
});

describe("[WFL5] a process that dies between the commit and the event", () => {
  test("leaves its change to the keeper of any other, which tells whoever is connected", async () => {
    await using proxy = await startFaultProxy(database.url);
    await using dying = await startApp(proxy.url, { background: false });
    const workflowId = await dying.createWorkflow(ada, "Before");
    await using folding = await foldList(twin, ada);
    // Its first look at the notes: another process's keeper may have taken them before it would delete them.
    const lost = proxy.loseRequest(/select [^;]* from "workflow_list_change"/i);
    // What was asked for has happened, and is answered so.
    expect(await dying.mutate(ada, "workflow.rename", { workflowId, name: "After" })).toBeNull();
    await lost;
    await eventually(() => expect(summaryOf(folding, workflowId)).toMatchObject({ name: "After" }));
    await eventually(async () => expect(await database.sql`select 1 from workflow_list_change`).toHaveLength(0));
  });

  test("leaves its change to the next one that changes anything", async () => {
    await using own = await createTestDatabase();
    await using lonely = await startApp(own.url, { background: false });
    const person = await lonely.signUp("person");
    const first = await lonely.createWorkflow(person, "First");
    await using folding = await foldList(lonely, person);
    await commitOnly(lonely, first, "Never told");
    expect(summaryOf(folding, first)?.name).toBe("First");
    const second = await lonely.createWorkflow(person, "Second");
    await eventually(() => expect(summaryOf(folding, first)?.name).toBe("Never told"));
    expect(summaryOf(folding, second)).toBeDefined();
  });

  test("keeps nobody from the truth who loads the list meanwhile", async () => {
    await using own = await createTestDatabase();
    await using lonely = await startApp(own.url, { background: false });
    const person = await lonely.signUp("person");
    const workflowId = await lonely.createWorkflow(person, "Before");
    await commitOnly(lonely, workflowId, "After");
    await using folding = await foldList(lonely, person);
    expect(summaryOf(folding, workflowId)?.name).toBe("After");
    await flushLists(lonely.runtime);
    await eventually(async () => expect(folding.items()).toEqual((await listWorkflows(lonely.runtime, person.userId)).items));
  });

  /** Renames, and is gone before the lists are told. */
  function commitOnly({ runtime }: TestApp, workflowId: string, name: string): Promise<void> {
    return runtime.realtime.transaction(runtime.db, async (tx) => {
      await tx.update(workflow).set({ name }).where(eq(workflow.id, workflowId));
      await markLists(tx, workflowId);
    });
  }
});

test("[WFL5] whoever writes at once, from whichever process, the fold ends as the list", async () => {
  const random = seededRandom();
  await using mine = await foldList(app, ada);
  await using bobs = await foldList(twin, bob);
  const workflowIds = await Promise.all([1, 2, 3].map((n) => app.createWorkflow(ada, `W${n}`)));
  const actions = Array.from({ length: 60 }, (_, index) => {
    const at = random.pick([app, twin]);
    const workflowId = random.pick(workflowIds);
    return random.pick([
      () => at.mutate(ada, "workflow.rename", { workflowId, name: `Name ${index}` }),
      () => at.mutate(ada, "workflow.share", { workflowId, email: bob.email, role: random.pick(["viewer", "editor"]) }),
      () => at.mutate(ada, "workflow.unshare", { workflowId, userId: bob.userId }),
      () => at.mutate(ada, "workflow.setActive", { workflowId, active: random.chance(0.5) }),
      () => setMember(at.runtime, { workflowId, userId: eve.userId }, "viewer"),
    ]);
  });
  for (let from = 0; from < actions.length; from += 6) await Promise.all(actions.slice(from, from + 6).map((act) => act()));
  for (const [folding, person] of [
    [mine, ada],
    [bobs, bob],
  ] as const)
    await eventually(async () => expect(folding.items()).toEqual((await listWorkflows(app.runtime, person.userId)).items));
});
