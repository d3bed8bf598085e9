import { once } from "node:events";
import { connect } from "node:net";
import postgres from "postgres";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";

const connectTo = (url: string) => {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }) });
};

test("a COMMIT whose reply is lost has happened, and the client sees an error", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using sql = connectTo(proxy.url);
  await database.sql`create table t (n int)`;
  await sql.begin((tx) => tx`insert into t values (1)`);
  const lost = proxy.loseReply(/^commit/i);
  await expect(sql.begin((tx) => tx`insert into t values (2)`)).rejects.toThrow();
  await lost;
  expect(await database.sql`select n from t order by n`).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await sql`select count(*)::int as n from t`).toEqual([{ n: 2 }]);
});

test("a lost request has not happened", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using sql = connectTo(proxy.url);
  await database.sql`create table t (n int)`;
  const lost = proxy.loseRequest(/insert into t/);
  await expect(sql`insert into t values (1)`).rejects.toThrow();
  await lost;
  expect(await database.sql`select from t`).toHaveLength(0);
});

test("a cut reaches everybody, a pause loses nothing, a refused connection works again later", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using sql = connectTo(proxy.url);
  await sql`select 1`;
  const running = expect(sql`select pg_sleep(10)`).rejects.toThrow();
  await eventually(async () => (await database.backends()).some(({ query }) => query.includes("pg_sleep")));
  proxy.refuse(true);
  proxy.cut();
  await running;
  // Nobody listens to it any more, which it would notice only at its end.
  await database.killBackends(({ query }) => query.includes("pg_sleep"));
  await eventually(() => proxy.connections === 0);
  const refused = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  await expect(once(refused.resume(), "end")).rejects.toMatchObject({ code: "ECONNRESET" });
  proxy.refuse(false);
  await eventually(async () => (await sql`select 1 as n`)[0]?.n === 1);

  proxy.pause();
  const waiting = sql`select 2 as n`;
  let answered = false;
  const done = waiting.then((rows) => {
    answered = true;
    return rows;
  });
  expect(await database.sql`select 3 as n`).toEqual([{ n: 3 }]); // a round trip beside the proxy, so the paused one had its time
  expect(answered).toBe(false);
  proxy.resume();
  expect(await done).toEqual([{ n: 2 }]);
});

test("notifications are dropped, doubled and delayed by rule", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using sql = connectTo(proxy.url);
  const heard: { payload: string; at: number }[] = [];
  await sql.listen("c", (payload) => void heard.push({ payload, at: performance.now() }));
  const DELAY_MS = 50;
  let sentAt = 0;
  proxy.onNotification(({ payload }) => {
    if (payload === "dropped") return "drop";
    if (payload === "doubled") return "double";
    if (payload !== "late") return "pass";
    sentAt = performance.now();
    return { delayMs: DELAY_MS };
  });
  for (const payload of ["late", "dropped", "doubled", "last"]) await database.sql.notify("c", payload);
  const payloads = () => heard.map(({ payload }) => payload);
  await eventually(() => expect(payloads().sort()).toEqual(["doubled", "doubled", "last", "late"]));
  // Not by who came before it: how long the others take is the machine's affair.
  expect(payloads().filter((payload) => payload !== "late")).toEqual(["doubled", "doubled", "last"]);
  const late = heard.find(({ payload }) => payload === "late");
  // A timer may be early by a fraction of a millisecond.
  expect((late?.at ?? 0) - sentAt).toBeGreaterThan(DELAY_MS - 2);
});
