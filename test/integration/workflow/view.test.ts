/** What a page shows of a workflow is a snapshot and the events since: each change must say the same in both. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { workflowTopic } from "#features/workflow/events.ts";
import { setMember } from "#features/workflow/index.ts";
import { reduceWorkflow, type WorkflowEvent, type WorkflowView } from "#features/workflow/reduce.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase } from "../../support/database.ts";
import { seededRandom } from "../../support/random.ts";

interface Snapshot {
  view: WorkflowView;
  position: string;
}

async function snapshotOf(app: TestApp, user: TestUser, workflowId: string): Promise<Snapshot> {
  const { view, position } = (await app.query(user, "workflow.get", { workflowId })) as Snapshot;
  return { view: { ...view, updatedAt: new Date(view.updatedAt) }, position };
}

async function eventsBetween({ runtime }: TestApp, workflowId: string, after: string, until: string): Promise<WorkflowEvent[]> {
  const events: WorkflowEvent[] = [];
  if (after === until) return events;
  for await (const { event, position } of runtime.realtime.subscribe(workflowTopic, workflowId, { after })) {
    if (event.type === "resync") throw new Error("Nothing was lost.");
    events.push(event);
    if (position === until) break;
  }
  return events;
}

/** The workflow itself, which `updatedAt` speaks of. */
const contentOf = ({ name, description, active, graph }: WorkflowView) => ({ name, description, active, graph });

test("[WFL9] whatever is done, the events since a snapshot, folded, are the next one, also for somebody whose role changes", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const [ada, bob, eve] = await Promise.all([app.signUp("ada"), app.signUp("bob"), app.signUp("eve")]);
  const invited = { email: `${randomUUID()}@example.com` };
  // One that can be active, and one that cannot.
  const { workflowId: empty } = (await app.mutate(ada, "workflow.create", { name: "Empty" })) as { workflowId: string };
  const workflowIds = [await app.createWorkflow(ada), empty];
  for (const workflowId of workflowIds) await setMember(app.runtime, { workflowId, userId: bob.userId }, "viewer");

  const actions = workflowIds.flatMap((workflowId) => {
    const share = ({ email }: { email: string }, role: string) => app.mutate(ada, "workflow.share", { workflowId, email, role });
    return [
      () => app.mutate(ada, "workflow.rename", { workflowId, name: randomUUID() }),
      () => app.mutate(ada, "workflow.setActive", { workflowId, active: true }),
      () => app.mutate(ada, "workflow.setActive", { workflowId, active: false }),
      () => share(bob, "editor"),
      () => share(bob, "viewer"),
      () => share(eve, "viewer"),
      () => app.mutate(ada, "workflow.unshare", { workflowId, userId: eve.userId }),
      () => share(invited, "editor"),
      () => app.mutate(ada, "workflow.uninvite", { workflowId, ...invited }), // another action goes here
    ];
  });

  const told = new Set<string>();
  const readers = workflowIds.flatMap((workflowId) => [ada, bob].map((user) => ({ workflowId, user })));
  const pages = await Promise.all(
    readers.map(async (reader) => ({ ...reader, ...(await snapshotOf(app, reader.user, reader.workflowId)) })),
  );
  const foldAll = () =>
    Promise.all(
      pages.map(async (page) => {
        const next = await snapshotOf(app, page.user, page.workflowId);
        for (const event of await eventsBetween(app, page.workflowId, page.position, next.position)) {
          told.add(event.type);
          const before = page.view;
          page.view = reduceWorkflow(before, event);
          const same = isDeepStrictEqual(contentOf(page.view), contentOf(before));
          expect(page.view.updatedAt, event.type).toEqual(same ? before.updatedAt : event.at);
        }
        page.position = next.position;
        expect(page.view).toEqual(next.view);
      }),
    );

  const random = seededRandom();
  for (const act of [...actions, ...random.shuffle([...actions, ...actions])]) {
    expect(JSON.stringify(await act())).not.toContain("httpStatus"); // none is refused
    await foldAll();
  }
  await Promise.all(random.shuffle(actions).map((act) => act()));
  await foldAll();

  // Nobody has a snapshot before the first event, nor after the last.
  const others = ["workflowCreated", "workflowRemoved"];
  const types = Object.keys(workflowTopic.events).filter((type) => !others.includes(type));
  expect([...told].sort(), "add an action for each new event").toEqual(types.sort());
});
