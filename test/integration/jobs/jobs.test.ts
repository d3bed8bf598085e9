import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createJobs, type Jobs } from "#server/jobs.ts";
import { createLogger } from "#server/logger.ts";
import { type App, startApp } from "../../support/bare-app.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startWatch } from "../../support/stopwatch.ts";

const enqueue = ({ runtime }: App, data: object, options?: { id: string }, jobs: Jobs = runtime.jobs) =>
  runtime.realtime.transaction(runtime.db, (tx) => jobs.enqueue(tx, "test", data, options));

test("several processes may start at once on a database without a queue", async () => {
  await using database = await createTestDatabase();
  const apps = await Promise.all([startApp(database.url), startApp(database.url), startApp(database.url)]);
  const [first] = apps;
  await Promise.all(apps.map((app) => enqueue(app, {})));
  expect(await first.runtime.db.execute("select count(*)::int from pgboss.job where name = 'test'")).toEqual([{ count: 3 }]);
  await Promise.all(apps.map((app) => app[Symbol.asyncDispose]()));
});

test("a job is done once, by one of the workers, soon after its commit and not before", async () => {
  await using database = await createTestDatabase();
  await using sender = await startApp(database.url, { ROLE: "web" });
  await using one = await startApp(database.url);
  await using two = await startApp(database.url);
  const done: unknown[] = [];
  for (const { runtime } of [one, two]) await runtime.jobs.work("test", async (data) => void done.push(data), { concurrency: 2 });

  let sinceCommitMs = () => 0;
  await sender.runtime.realtime.transaction(sender.runtime.db, async (tx) => {
    for (let n = 0; n < 20; n++) await sender.runtime.jobs.enqueue(tx, "test", { n });
    // Of a transaction that has committed, later: whoever did this one has looked for jobs while the others were there.
    await enqueue(sender, { n: "committed" });
    await eventually(() => expect(done).toContainEqual({ n: "committed" }));
    expect(done).toEqual([{ n: "committed" }]);
    sinceCommitMs = startWatch();
  });
  await eventually(() => expect(done).toHaveLength(21));
  expect(sinceCommitMs()).toBeLessThan(1_500);
  expect(new Set(done.map((data) => JSON.stringify(data))).size).toBe(21);
  await eventually(async () =>
    expect(await database.sql`select distinct state::text from pgboss.job where name = 'test'`).toEqual([{ state: "completed" }]),
  );
});

test("a second job with the same id is not added", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const id = randomUUID();
  await enqueue(app, { n: 1 }, { id });
  await enqueue(app, { n: 2 }, { id });
  expect(await database.sql`select data from pgboss.job where name = 'test'`).toEqual([{ data: { n: 1 } }]);
});

test("a job that fails is tried again", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  let tries = 0;
  const handler = async () => {
    tries++;
    if (tries === 1) throw new Error("not yet");
  };
  await app.runtime.jobs.work("test", handler, { concurrency: 1 });
  await enqueue(app, {});
  await eventually(() => expect(tries).toBe(2), { timeoutMs: 15_000 });
});

test("no more jobs are taken than there is room for, and the rest when there is room again", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const release: (() => void)[] = [];
  let most = 0;
  let running = 0;
  const handler = async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => release.push(resolve));
    running--;
  };
  await app.runtime.jobs.work("test", handler, { concurrency: 5, room: () => 3 - running });
  for (let n = 0; n < 7; n++) await enqueue(app, { n });
  for (let done = 0; done < 7; done++) {
    const finish = await eventually(() => release.shift() ?? null, { what: `job ${done} to be taken` });
    finish();
  }
  await eventually(() => expect(running).toBe(0));
  expect(most).toBe(3);
});

test("jobs of a full group wait, and those behind them come first", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const done: unknown[] = [];
  let full: string[] = ["a"];
  await app.runtime.realtime.transaction(app.runtime.db, async (tx) => {
    for (const group of ["a", "b"]) await app.runtime.jobs.enqueue(tx, "test", { group }, { group });
    await app.runtime.jobs.enqueue(tx, "test", { group: null });
  });
  await app.runtime.jobs.work("test", async (data) => void done.push(data), { concurrency: 1, fullGroups: () => full });
  await eventually(() => expect(done).toEqual([{ group: "b" }, { group: null }]));
  full = [];
  app.runtime.jobs.wake("test");
  await eventually(() => expect(done).toHaveLength(3));
});

test("a job whose wake-up was lost is found by the poll", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url, { ROLE: "web" });
  const deaf = createJobs({
    connectionString: database.url,
    role: "worker",
    log: createLogger({ format: "json", write: () => {} }),
    realtime: { signal: () => {}, onSignal: () => () => {} },
  });
  await using stack = new AsyncDisposableStack();
  await deaf.start();
  stack.defer(() => deaf.stop());
  let done = false;
  await deaf.work(
    "test",
    async () => {
      done = true;
    },
    { concurrency: 1 },
  );
  await enqueue(app, {});
  await eventually(() => done, { timeoutMs: 4_000 });
});

test("a web process takes no jobs", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url, { ROLE: "web" });
  await expect(app.runtime.jobs.work("test", async () => {}, { concurrency: 1 })).rejects.toThrow('"test" needs a worker');
});
