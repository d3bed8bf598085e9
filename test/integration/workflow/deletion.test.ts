/** An account goes while its workflows, and those of others, go on. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PASSWORD, startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";

let database: TestDatabase;
let app: TestApp;
/** Another instance: two at once are two processes. */
let twin: TestApp;
let ada: TestUser;
let bob: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  twin = await startApp(database.url);
  [ada, bob] = await Promise.all([app.signUp("ada"), app.signUp("bob")]);
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
  return Object.fromEntries(rows.map(({ user_id, role }) => [user_id === bob.userId ? "bob" : user_id, role]));
}

describe("[WFL2] an account is deleted while it is given something", () => {
  /** Deletes the account; `meanwhile` happens when it has begun and waits for a workflow of its own. */
  async function deleteWhile(leaver: TestUser, meanwhile: () => Promise<unknown>): Promise<unknown> {
    const own = await app.createWorkflow(leaver);
    let answer: Promise<unknown> = Promise.resolve();
    await database.sql.begin(async (sql) => {
      await sql`select from workflow where id = ${own} for update`;
      answer = app.mutate(leaver, "account.deleteAccount", { password: PASSWORD });
      await eventually(
        async () =>
          (await database.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length > 0,
      );
      await meanwhile();
    });
    return answer;
  }

  test("and would be the only owner of: it is not deleted, and may be afterwards", async () => {
    const leaver = await app.signUp("leaver");
    const workflowId = await app.createWorkflow(ada);
    await share(ada, workflowId, bob.email, "viewer");
    const answer = await deleteWhile(leaver, async () => {
      await share(ada, workflowId, leaver.email, "owner", twin);
      await unshare(ada, workflowId, ada, twin);
    });
    expect(answer).toMatchObject({ code: "CONFLICT" });
    expect(await rolesIn(workflowId)).toEqual({ [leaver.userId]: "owner", bob: "viewer" });
    await share(leaver, workflowId, bob.email, "owner");
    expect(await app.mutate(leaver, "account.deleteAccount", { password: PASSWORD })).toBeNull();
    expect(await rolesIn(workflowId)).toEqual({ bob: "owner" });
  });

  test("and what they make themselves is not left without anybody", async () => {
    const leaver = await app.signUp("leaver");
    const answer = await deleteWhile(leaver, () => twin.mutate(leaver, "workflow.create", { name: "Late" }));
    expect(answer).toMatchObject({ code: "CONFLICT" });
    expect(await app.mutate(leaver, "account.deleteAccount", { password: PASSWORD })).toBeNull();
    const orphans = await database.sql`
      select from workflow w where removed_at is null and not exists (select from workflow_member m where m.workflow_id = w.id and m.role = 'owner')`;
    expect(orphans).toHaveLength(0);
  });

  test("and what they make themselves a moment later is refused with what happened", async () => {
    const leaver = await app.signUp("leaver");
    let answer: Promise<unknown> = Promise.resolve();
    await database.sql.begin(async (sql) => {
      await sql`delete from "user" where id = ${leaver.userId}`;
      answer = app.mutate(leaver, "workflow.create", { name: "Late" });
      await eventually(
        async () =>
          (await database.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).length > 0,
      );
    });
    expect(await answer).toMatchObject({ code: "UNAUTHORIZED", reason: "accountDeleted" });
    expect(app.errors).toEqual([]);
  });

  test("by whoever is a moment later: they are told that it waits for the address, as for everybody without an account", async () => {
    for (let round = 0; round < 10; round++) {
      const leaver = await app.signUp("leaver");
      const workflowId = await app.createWorkflow(ada);
      const [deleted, shared] = await Promise.all([
        app.mutate(leaver, "account.deleteAccount", { password: PASSWORD }),
        share(ada, workflowId, leaver.email, "editor", twin),
      ]);
      expect([...app.errors, ...twin.errors]).toEqual([]);
      expect(shared).toEqual({ status: expect.stringMatching(/^(shared|invited)$/) });
      expect(deleted === null || (deleted as { code: string }).code === "CONFLICT").toBe(true);
      expect(Object.values(await rolesIn(workflowId))).toContain("owner");
    }
  });
});
