/** Sharing, leaving, and being invited: alone, and at the same moment. */
import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accountDeleting, emailVerified } from "#features/account/index.ts";
import { user } from "#features/account/schema.ts";
import { workflowTopic } from "#features/workflow/events.ts";
import { acceptInvitations, setMember } from "#features/workflow/index.ts";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";

let database: TestDatabase;
let app: TestApp;
/** Another instance: two at once are two processes. */
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

const share = (by: TestUser, workflowId: string, email: string, role: string, at = app) =>
  at.mutate(by, "workflow.share", { workflowId, email, role });
const unshare = (by: TestUser, workflowId: string, { userId }: { userId: string }, at = app) =>
  at.mutate(by, "workflow.unshare", { workflowId, userId });

async function rolesIn(workflowId: string): Promise<Record<string, string>> {
  const rows = await database.sql<{ user_id: string; role: string }[]>`
    select user_id, role from workflow_member where workflow_id = ${workflowId}`;
  const names: Record<string, string> = { [ada.userId]: "ada", [bob.userId]: "bob", [eve.userId]: "eve" };
  return Object.fromEntries(rows.map(({ user_id, role }) => [names[user_id] ?? user_id, role]));
}

async function eventsOf(workflowId: string): Promise<string[]> {
  const rows = await database.sql<{ type: string }[]>`
    select type from rt.event where stream = ${`${workflowTopic.name}:${workflowId}`} order by seq`;
  return rows.map(({ type }) => type);
}

test("sharing gives a role, sharing again changes it, unsharing takes it; each is one event, and doing it twice is nothing", async () => {
  const workflowId = await app.createWorkflow(ada);
  expect(await share(ada, workflowId, bob.email.toUpperCase(), "viewer")).toEqual({ status: "shared" });
  expect(await share(ada, workflowId, bob.email, "viewer")).toEqual({ status: "shared" });
  expect(await share(ada, workflowId, bob.email, "editor")).toEqual({ status: "shared" });
  expect(await rolesIn(workflowId)).toEqual({ ada: "owner", bob: "editor" });
  await unshare(ada, workflowId, bob);
  await unshare(ada, workflowId, bob);
  expect(await rolesIn(workflowId)).toEqual({ ada: "owner" });
  expect(await eventsOf(workflowId)).toEqual(["workflowCreated", "workflowShared", "workflowShared", "workflowUnshared"]);
  // And each that takes something away is told to what he has open, in the same order.
  const told = await database.sql<{ data: string }[]>`
    select data from rt.event where stream = ${`access:${bob.userId}`} and data like ${`%${workflowId}%`} order by seq`;
  expect(told.map(({ data }) => JSON.parse(data))).toMatchObject([
    { data: { reason: "roleChanged", about: workflowId } },
    { data: { reason: "removed", about: workflowId } },
  ]);
});

test("sharing that is meant for new people alone changes nobody's role, and says what they are", async () => {
  const workflowId = await app.createWorkflow(ada);
  const invited = `${randomUUID()}@example.com`;
  const shareWithNew = (email: string, role: string) => app.mutate(ada, "workflow.share", { workflowId, email, role, onlyNew: true });
  expect(await shareWithNew(bob.email, "owner")).toEqual({ status: "shared" });
  expect(await shareWithNew(invited, "editor")).toEqual({ status: "invited" });
  for (const [email, role] of [
    [ada.email.toUpperCase(), "owner"],
    [bob.email, "owner"],
    [invited, "editor"],
  ] as const) {
    const refusal = { code: "CONFLICT", details: { rule: "onlyNew", role } };
    expect(await shareWithNew(email, "viewer")).toMatchObject(refusal);
    expect(await shareWithNew(email, role)).toMatchObject(refusal);
  }
  expect(await rolesIn(workflowId)).toEqual({ ada: "owner", bob: "owner" });
  expect(await eventsOf(workflowId)).toEqual(["workflowCreated", "workflowShared", "workflowShared"]);
});

test("anybody may leave, and nobody but an owner may send others away", async () => {
  const workflowId = await app.createWorkflow(ada);
  await share(ada, workflowId, bob.email, "viewer");
  await share(ada, workflowId, eve.email, "editor");
  expect(await unshare(eve, workflowId, bob)).toMatchObject({ code: "FORBIDDEN" });
  expect(await unshare(bob, workflowId, bob)).toBeNull();
  expect(await unshare(bob, workflowId, bob)).toMatchObject({ code: "NOT_FOUND" });
  expect(await rolesIn(workflowId)).toEqual({ ada: "owner", eve: "editor" });
});

test.each(["a\0b@example.com", "\ud800@example.com", "nobody", ""])(
  "[WFL8] %j is refused as an address, and never reaches Postgres",
  async (email) => {
    const workflowId = await app.createWorkflow(ada);
    for (const path of ["workflow.share", "workflow.uninvite"])
      expect(await app.mutate(ada, path, { workflowId, email, role: "viewer" })).toMatchObject({
        code: "BAD_REQUEST",
        issues: [{ path: ["email"] }],
      });
    expect(app.errors).toEqual([]);
  },
);

describe("[WFL2] a workflow always has an owner", () => {
  const lastOwner = { code: "CONFLICT", details: { rule: "lastOwner" } };

  test("the only one can neither leave nor be made something less", async () => {
    const workflowId = await app.createWorkflow(ada);
    await share(ada, workflowId, bob.email, "editor");
    expect(await unshare(ada, workflowId, ada)).toMatchObject(lastOwner);
    expect(await share(ada, workflowId, ada.email, "viewer")).toMatchObject(lastOwner);
    expect(await rolesIn(workflowId)).toEqual({ ada: "owner", bob: "editor" });
    await share(ada, workflowId, bob.email, "owner");
    expect(await unshare(ada, workflowId, ada)).toBeNull();
    expect(await rolesIn(workflowId)).toEqual({ bob: "owner" });
  });

  test("an invitation to be one does not count", async () => {
    const workflowId = await app.createWorkflow(ada);
    expect(await share(ada, workflowId, `${randomUUID()}@example.com`, "owner")).toEqual({ status: "invited" });
    expect(await unshare(ada, workflowId, ada)).toMatchObject(lastOwner);
  });

  test.each([
    ["leave", (by: TestUser, id: string, at: TestApp) => unshare(by, id, by, at)],
    ["make themselves less", (by: TestUser, id: string, at: TestApp) => share(by, id, by.email, "viewer", at)],
  ])("of the last two who %s at once, one stays", async (_what, act) => {
    for (let round = 0; round < 10; round++) {
      const workflowId = await app.createWorkflow(ada);
      await setMember(app.runtime, { workflowId, userId: bob.userId }, "owner");
      const answers = await Promise.all([act(ada, workflowId, app), act(bob, workflowId, twin)]);
      expect(answers.filter((answer) => answer !== null && JSON.stringify(answer).includes("lastOwner"))).toHaveLength(1);
      expect(Object.values(await rolesIn(workflowId)).filter((role) => role === "owner")).toHaveLength(1);
    }
  });

  test("of two who send each other away at once, one stays", async () => {
    for (let round = 0; round < 10; round++) {
      const workflowId = await app.createWorkflow(ada);
      await setMember(app.runtime, { workflowId, userId: bob.userId }, "owner");
      const answers = await Promise.all([unshare(ada, workflowId, bob), unshare(bob, workflowId, ada, twin)]);
      // The second is no member any more, so to them there is no such workflow.
      expect(answers.filter((answer) => answer !== null)).toMatchObject([{ code: "NOT_FOUND" }]);
      expect(Object.values(await rolesIn(workflowId))).toEqual(["owner"]);
    }
  });

  test("an account is not deleted while others would be left without one, and takes along what nobody else is in", async () => {
    const leaver = await app.signUp("leaver");
    const [shared, own, handedOver] = [
      await app.createWorkflow(leaver, "Shared"),
      await app.createWorkflow(leaver, "Own"),
      await app.createWorkflow(leaver, "Handed over"),
    ];
    await setMember(app.runtime, { workflowId: shared, userId: bob.userId }, "editor");
    await setMember(app.runtime, { workflowId: handedOver, userId: bob.userId }, "owner");
    const { db, realtime, hooks } = app.runtime;
    const deleteAccount = () =>
      realtime.transaction(db, async (tx) => {
        await hooks.run(accountDeleting, tx, { userId: leaver.userId });
        await tx.delete(user).where(eq(user.id, leaver.userId));
      });
    await expect(deleteAccount()).rejects.toMatchObject({ code: "CONFLICT", details: { workflows: ["Shared"] } });
    expect(await app.query(leaver, "workflow.get", { workflowId: own })).toMatchObject({ view: { role: "owner" } });
    await setMember(app.runtime, { workflowId: shared, userId: bob.userId }, "owner");
    await deleteAccount();
    expect(await rolesIn(shared)).toEqual({ bob: "owner" });
    expect(await rolesIn(handedOver)).toEqual({ bob: "owner" });
    const [row] = await database.sql`select removed_at from workflow where id = ${own}`;
    expect(row === undefined || row.removed_at !== null).toBe(true);
  });
});

test("two people who share with the same person at once: both are answered, and the person has one of the two roles", async () => {
  for (let round = 0; round < 10; round++) {
    const workflowId = await app.createWorkflow(ada);
    await setMember(app.runtime, { workflowId, userId: bob.userId }, "owner");
    const answers = await Promise.all([
      share(ada, workflowId, eve.email, "editor"),
      share(bob, workflowId, eve.email, "viewer", twin),
      share(ada, workflowId, "invited@example.com", "editor", twin),
      share(bob, workflowId, "invited@example.com", "viewer"),
    ]);
    expect(answers).toEqual([{ status: "shared" }, { status: "shared" }, { status: "invited" }, { status: "invited" }]);
    expect(["editor", "viewer"]).toContain((await rolesIn(workflowId)).eve);
    expect(await app.query(ada, "workflow.members", { workflowId })).toMatchObject({
      members: [{ role: "owner" }, { role: "owner" }, { userId: eve.userId, email: eve.email }],
      invitations: [{ email: "invited@example.com" }],
    });
  }
});

describe("[WFL3] an invitation becomes a membership once, when the address is verified", () => {
  /** Somebody who has signed up and not yet shown that the address is theirs. */
  async function signUpUnverified(): Promise<TestUser> {
    const person = await app.signUp("new");
    await app.runtime.db.update(user).set({ emailVerifiedAt: null }).where(eq(user.id, person.userId));
    return person;
  }

  function verify({ userId, email }: TestUser, { runtime }: TestApp = app): Promise<void> {
    return runtime.realtime.transaction(runtime.db, async (tx) => {
      await tx.update(user).set({ emailVerifiedAt: new Date() }).where(eq(user.id, userId));
      await runtime.hooks.run(emailVerified, tx, { userId, email });
    });
  }

  const roleOf = async (workflowId: string, { userId }: TestUser) => (await rolesIn(workflowId))[userId] ?? null;

  test("before that it gives nothing, after it the role; owners saw it waiting, and can take it back", async () => {
    const [workflowId, other] = [await app.createWorkflow(ada), await app.createWorkflow(ada)];
    const person = await signUpUnverified();
    expect(await share(ada, workflowId, person.email, "editor")).toEqual({ status: "invited" });
    expect(await share(ada, workflowId, person.email, "viewer")).toEqual({ status: "invited" });
    await share(ada, other, person.email, "owner");
    await app.mutate(ada, "workflow.uninvite", { workflowId: other, email: person.email });
    expect(await app.query(ada, "workflow.members", { workflowId })).toMatchObject({
      invitations: [{ email: person.email, role: "viewer" }],
    });
    expect(await app.query(person, "workflow.get", { workflowId })).toMatchObject({ code: "NOT_FOUND" });
    await verify(person);
    expect(await app.query(person, "workflow.get", { workflowId })).toMatchObject({ view: { role: "viewer" } });
    expect(await app.query(person, "workflow.get", { workflowId: other })).toMatchObject({ code: "NOT_FOUND" });
    expect(await app.query(person, "workflow.list", null)).toMatchObject({ items: [{ id: workflowId }] });
    expect(await app.query(ada, "workflow.members", { workflowId })).toMatchObject({ invitations: [] });
  });

  test("accepting twice, also at once, and after the role was changed, makes one membership and one event", async () => {
    const workflowId = await app.createWorkflow(ada);
    const person = await signUpUnverified();
    await share(ada, workflowId, person.email, "viewer");
    await Promise.all([verify(person), verify(person, twin), verify(person), verify(person, twin)]);
    await share(ada, workflowId, person.email, "editor");
    await verify(person);
    await app.runtime.realtime.transaction(app.runtime.db, (tx) => acceptInvitations(tx, person));
    expect(await roleOf(workflowId, person)).toBe("editor");
    expect(await eventsOf(workflowId)).toEqual(["workflowCreated", "workflowShared", "workflowShared", "workflowShared"]);
  });

  test("inviting while the address is verified loses nothing", async () => {
    for (let round = 0; round < 10; round++) {
      const workflowId = await app.createWorkflow(ada);
      const person = await signUpUnverified();
      await Promise.all([share(ada, workflowId, person.email, "editor"), verify(person, twin)]);
      expect(await roleOf(workflowId, person)).toBe("editor");
      const [left] = await database.sql`select count(*)::int as n from workflow_invitation where workflow_id = ${workflowId}`;
      expect(left?.n).toBe(0);
    }
  });

  test("verifying while the workflow is removed, or the invitation taken back, leaves no trace", async () => {
    for (let round = 0; round < 10; round++) {
      const workflowId = await app.createWorkflow(ada);
      const person = await signUpUnverified();
      await share(ada, workflowId, person.email, "editor");
      const taking =
        round % 2 === 0
          ? app.mutate(ada, "workflow.remove", { workflowId })
          : app.mutate(ada, "workflow.uninvite", { workflowId, email: person.email });
      const [answer] = await Promise.all([taking, verify(person, twin)]);
      expect(answer).toBeNull();
      const [left] = await database.sql`
        select (select count(*)::int from workflow_invitation where workflow_id = ${workflowId}) as invitations,
          (select count(*)::int from workflow_member m where m.workflow_id = ${workflowId} and m.role <> 'owner') as members`;
      // Whichever came first, it is a member or nothing, and never both or a member of what is gone.
      expect(left?.invitations).toBe(0);
      if (round % 2 === 0) expect(left?.members).toBe(0);
    }
  });
});

test("nobody shares more than 300 times an hour, so that nobody asks for one address after another whether it has an account", async () => {
  const asker = await app.signUp("asker");
  const workflowId = await app.createWorkflow(asker);
  expect(await share(asker, workflowId, bob.email, "viewer")).toEqual({ status: "shared" });
  await database.sql`update attempt set points = 299 where key like 'share:%'`;
  expect(await share(asker, workflowId, "p1@example.com", "viewer")).toEqual({ status: "invited" });
  expect(await share(asker, workflowId, "p2@example.com", "viewer", twin)).toMatchObject({ code: "TOO_MANY_REQUESTS" });
  await database.sql`delete from attempt where key like 'share:%'`;
});

test("a workflow has at most 200 members and invitations", async () => {
  const workflowId = await app.createWorkflow(ada);
  await database.sql`insert into workflow_invitation (workflow_id, email, role)
    select ${workflowId}, 'p' || n || '@example.com', 'viewer' from generate_series(1, 199) n`;
  expect(await share(ada, workflowId, bob.email, "viewer")).toMatchObject({ code: "TOO_MANY_REQUESTS" });
  expect(await share(ada, workflowId, "p7@example.com", "editor")).toEqual({ status: "invited" });
});
