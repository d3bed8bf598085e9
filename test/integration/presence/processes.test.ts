/** What becomes of people when their server is killed, or falls silent and wakes up again. Real processes, real times. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type TestApp, type TestUser } from "../../support/app.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { openTab } from "../../support/rooms.ts";
import { type ServerProcess, startServerProcess } from "../../support/servers.ts";
import { startWatch } from "../../support/stopwatch.ts";

const PEOPLE = 100;
/** PRS1's. */
const LIMIT_MS = 15_000;

let database: TestDatabase;
/** Makes users; nobody visits it. */
let app: TestApp;
let one: ServerProcess;
let two: ServerProcess;
let ada: TestUser;
let people: TestUser[];
let workflowId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp(database.url);
  [one, two] = await Promise.all([startServerProcess(database.url), startServerProcess(database.url)]);
  ada = await app.signUp("ada");
  workflowId = await app.createWorkflow(ada);
  // Nobody types these passwords, so none is hashed.
  const rows = await database.sql<{ id: string; email: string }[]>`insert into "user" (email, name, password_hash)
    select 'person-' || n || '@example.com', 'Person ' || n, '' from generate_series(1, ${PEOPLE}) n returning id, email`;
  await database.sql`insert into workflow_member (workflow_id, user_id, role) select ${workflowId}, id, 'viewer' from "user"
    where id <> ${ada.userId}`;
  people = await Promise.all(rows.map(({ id, email }) => app.signIn({ userId: id, email })));
});

afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const onlinePeople = async () => {
  const [row] = await database.sql<[{ count: number }]>`select count(*)::int from rt.online where online and user_id in
    ${database.sql(people.map(({ userId }) => userId))}`;
  return row.count;
};

test("[PRS1] [PRS2] everybody on a silent server goes within 15 s and is back when it wakes up; everybody on a killed one goes for good", async () => {
  await using watcher = openTab(two.origin, ada, workflowId);
  await using tabs = new AsyncDisposableStack();
  for (const person of people) tabs.use(openTab(one.origin, person, workflowId)).room.set({ selection: [person.userId] });
  await eventually(() => expect(watcher.tabs()).toHaveLength(PEOPLE + 1), { timeoutMs: 20_000 });
  expect(await onlinePeople()).toBe(PEOPLE);

  one.process.kill("SIGSTOP");
  await eventually(() => expect(watcher.tabs()).toEqual([watcher.tabId]), { timeoutMs: LIMIT_MS });
  await eventually(async () => expect(await onlinePeople()).toBe(0), { timeoutMs: 1_000 });
  one.process.kill("SIGCONT");
  await eventually(() => expect(watcher.tabs()).toHaveLength(PEOPLE + 1), { timeoutMs: LIMIT_MS });
  expect(await onlinePeople()).toBe(PEOPLE);
  // As do what they show: nobody had to do anything for it.
  const shown = () => watcher.tabs().flatMap((tabId) => watcher.room.values(tabId).selection ?? []);
  await eventually(() => expect(shown().sort()).toEqual(people.map(({ userId }) => userId).sort()));

  one.process.kill("SIGKILL");
  const elapsedMs = startWatch();
  await eventually(() => expect(watcher.tabs()).toEqual([watcher.tabId]), { timeoutMs: LIMIT_MS });
  expect(elapsedMs()).toBeLessThan(LIMIT_MS);
  await eventually(async () => expect(await onlinePeople()).toBe(0), { timeoutMs: 1_000 });
});
