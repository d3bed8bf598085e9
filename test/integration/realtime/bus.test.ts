import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import { alarmTopic, newsTopic, noteTopic, record, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { seededRandom } from "../../support/random.ts";

const listens = (backend: { query: string; application: string }) => backend.application === "heliograph-listen";

test("[BUS1] notifications that are lost, doubled and delayed change when events arrive, never what arrives", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using writer = await startEngine(database.url);
  await using reader = await startEngine(proxy.url);
  const random = seededRandom();
  proxy.onNotification(() => (random.chance(0.4) ? "drop" : random.chance(0.4) ? "double" : { delayMs: random.int(0, 60) }));
  const ids = ["a", "b", "c"];
  const seen = ids.map((id) => record(reader, noteTopic, id));
  for (const n of upTo(60)) await Promise.all(ids.map((id) => writer.add(id, n)));
  await eventually(() => expect(seen.map((one) => one.seqs)).toEqual(ids.map(() => upTo(60))), { timeoutMs: 8_000 });
  expect(seen.flatMap((one) => one.resyncs)).toEqual([]);
  for (const one of seen) await one[Symbol.asyncDispose]();
});

test("[BUS1] what is told too late of a stream that was forgotten since reaches nobody who came after that", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using writer = await startEngine(database.url);
  await using reader = await startEngine(proxy.url, { limits: { pollMs: 60_000 } });
  const { promise: late, resolve } = Promise.withResolvers<string>();
  proxy.onNotification(({ payload }) => {
    if (!payload.includes("note:a")) return "pass";
    resolve(payload);
    return "drop";
  });
  await writer.add("a", 1);
  const payload = await late;
  proxy.onNotification(null);
  await writer.realtime.transaction(writer.db, (tx) => tx.forget(noteTopic, "a"));
  await using seen = record(reader, noteTopic, "a");
  await eventually(() => expect(reader.realtime.metrics().reads).toBeGreaterThan(0));
  await reader.realtime.queueUsage(); // its answer has come after theirs
  await database.sql`select pg_notify('rt', ${payload})`;
  await writer.add("a", 2);
  await eventually(() => expect(seen.deliveries).toHaveLength(1));
  expect([seen.ns, seen.resyncs]).toEqual([[2], []]);
});

test("[BUS1] an urgent topic is found within a second when its notification is lost", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using writer = await startEngine(database.url);
  await using reader = await startEngine(proxy.url);
  await using seen = record(reader, alarmTopic, "a");
  const publish = (n: number) => writer.realtime.publish(alarmTopic, "a", { type: "added", data: { n } });
  await eventually(async () => {
    await publish(0);
    expect(seen.ns).toContain(0); // it is live now
  });
  proxy.onNotification(() => "drop");
  // The first may still be found by a read that was under way; nobody but the sweep can find the others.
  for (const n of [1, 2, 3]) {
    await publish(n);
    await eventually(() => expect(seen.ns.at(-1)).toEqual(n), { timeoutMs: 2_000 });
  }
  expect(reader.realtime.metrics().caught_up).toBeGreaterThan(0);
});

test("[BUS1] garbage on the channel harms nobody", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  await using seen = record(engine, noteTopic, "a");
  const nonsense = (last: number) => JSON.stringify({ stream: "note:a", epoch: "nonsense", first: 1, last });
  for (const payload of ["", "{", "[1]", "null", "@", "@nobody ", '{"stream":"note:a","epoch":null,"first":"x"}', nonsense(99)]) {
    await database.sql`select pg_notify('rt', ${payload})`;
  }
  await engine.add("a", 1);
  await database.sql`select pg_notify('rt', ${nonsense(100)})`;
  await engine.add("a", 2);
  await eventually(() => expect(seen.ns).toEqual([1, 2]));
  expect(seen.resyncs).toEqual([]);
});

test("[BUS2] no transaction both writes data and notifies", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url);
  // A NOTIFY takes this lock at its commit, on the database as a whole; a writing transaction that held it would wait here.
  await database.sql`create table audit (xid xid8, notifies boolean)`;
  await database.sql`create function audit() returns trigger language plpgsql as $$ begin
    insert into audit values (pg_current_xact_id(), current_query() ilike '%pg_notify%'); return null; end $$`;
  await database.sql`create trigger audit after insert on rt.event for each statement execute function audit()`;
  await engine.realtime.transaction(engine.db, async (tx) => tx.publish(noteTopic, "a", { type: "added", data: { n: 1 } }));
  await Promise.all(upTo(20).map((n) => engine.add("b", n)));
  await eventually(() => expect(engine.realtime.metrics().payloads).toBeGreaterThan(1));
  const rows = await database.sql`select count(distinct xid)::int as writes, bool_or(notifies) as notifies from audit`;
  expect(rows[0]?.notifies).toBe(false);
  expect(rows[0]?.writes).toBeGreaterThan(1);
});

test("[BUS3] killing the LISTEN connection, and then every connection, loses and repeats nothing", async () => {
  await using database = await createTestDatabase();
  await using one = await startEngine(database.url);
  await using two = await startEngine(database.url);
  await using onOne = record(one, noteTopic, "a");
  await using onTwo = record(two, noteTopic, "a");
  let n = 0;
  const writing = (async () => {
    while (n < 400) {
      // A publish through a dying connection may be slow; it is never refused.
      await Promise.all([one.add("a", ++n), two.add("a", ++n)]);
    }
  })();
  await eventually(() => expect(n).toBeGreaterThan(60));
  await eventually(async () => expect((await database.backends()).filter(listens)).toHaveLength(2));
  expect(await database.killBackends(listens)).toBe(2);
  await eventually(() => expect(n).toBeGreaterThan(160));
  expect(await database.killBackends()).toBeGreaterThan(2);
  await writing;
  await eventually(() => expect([onOne.seqs, onTwo.seqs]).toEqual([upTo(400), upTo(400)]), { timeoutMs: 10_000 });
  expect([...onOne.ns].sort((a, b) => Number(a) - Number(b))).toEqual(upTo(400));
  expect(onTwo.ns).toEqual(onOne.ns);
  await eventually(async () => expect((await database.backends()).filter(listens)).toHaveLength(2), { timeoutMs: 10_000 });
});

test("[BUS3] while nobody can connect the engine keeps trying, ever more slowly, and then goes on", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url);
  await using seen = record(engine, noteTopic, "a");
  await engine.add("a", 1);
  proxy.refuse(true);
  proxy.cut();
  const late = engine.add("a", 2);
  await eventually(() => expect(engine.realtime.metrics().listens).toBeGreaterThan(3));
  expect(engine.realtime.status()).toEqual({ mode: "poll", connected: false });
  proxy.refuse(false);
  await late;
  await eventually(() => expect(seen.ns).toEqual([1, 2]), { timeoutMs: 10_000 });
  await eventually(() => expect(engine.realtime.status().mode).toBe("listen"), { timeoutMs: 10_000 });
});

test("[BUS3] a connection that hears nothing any more is replaced, though everything else goes through it", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using writer = await startEngine(database.url);
  await using engine = await startEngine(proxy.url, { limits: { heartbeatMs: 100, answerMs: 500 } });
  await using seen = record(engine, noteTopic, "a");
  proxy.onNotification(() => "drop");
  await eventually(() => expect(engine.realtime.status().connected).toBe(false));
  await writer.add("a", 1);
  await eventually(() => expect(seen.ns).toEqual([1]));
  proxy.onNotification(null);
  await eventually(() => expect(engine.realtime.status().connected).toBe(true), { timeoutMs: 10_000 });
  expect(engine.realtime.metrics().listens).toBeGreaterThan(1);
});

test("[BUS3] a connection that is lost while its echo waits to be sent is noticed at once", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using direct = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url, { directUrl: direct.url, limits: { heartbeatMs: 50 } });
  proxy.pause();
  const pausedMs = performance.now();
  await eventually(() => expect(performance.now() - pausedMs).toBeGreaterThan(300)); // six heartbeats
  direct.cut();
  await eventually(() => expect(engine.realtime.status().connected).toBe(false), { timeoutMs: 3_000 });
  proxy.resume();
  await eventually(() => expect(engine.realtime.status().connected).toBe(true));
});

test("[BUS3] a connection that hears is kept, however many processes prove the same of theirs", async () => {
  await using database = await createTestDatabase();
  await using stack = new AsyncDisposableStack();
  const engines = await Promise.all(upTo(4).map(() => startEngine(database.url, { limits: { heartbeatMs: 20 } })));
  for (const engine of engines) stack.use(engine);
  const heard: string[] = [];
  const listener = await database.sql.listen("rt", (payload) => void heard.push(payload));
  await eventually(() => expect(heard.length).toBeGreaterThan(80));
  await listener.unlisten();
  expect(engines.map(({ realtime, warnings }) => [realtime.metrics().listens, warnings])).toEqual(engines.map(() => [1, []]));
});

test("[BUS4] where LISTEN hears nothing the engine says so once and polls", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  proxy.onNotification(() => "drop");
  await using writer = await startEngine(database.url);
  await using deaf = await startEngine(proxy.url, { limits: { answerMs: 500 } });
  expect(deaf.realtime.status().mode).toBe("poll");
  await using seen = record(deaf, noteTopic, "a");
  for (const n of upTo(10)) await writer.add("a", n);
  await eventually(() => expect(seen.seqs).toEqual(upTo(10)));
  await eventually(() => expect(deaf.realtime.metrics().listens).toBeGreaterThan(2), { timeoutMs: 10_000 });
  expect(deaf.warnings.filter((warning) => warning.includes("DIRECT_URL"))).toHaveLength(1);
});

test("[BUS4] who subscribes while thousands of streams are polled does not wait for all of them", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using engine = await startEngine(proxy.url, { mode: "poll" });
  await engine.add("a", 1);
  const count = (name: string) => engine.realtime.metrics()[name] ?? 0;
  const abort = new AbortController();
  for (const n of upTo(2_000)) void engine.realtime.subscribe(newsTopic, `n${n}`, { signal: abort.signal }).next();
  await eventually(() => expect(count("swept")).toBeGreaterThan(2_000));
  proxy.setDelay(5);
  const [swept, reads] = [count("swept"), () => count("reads")];
  await eventually(() => expect(count("swept")).toBeGreaterThan(swept), { intervalMs: 1 });
  const before = reads();
  await using seen = record(engine, noteTopic, "a");
  await eventually(() => expect(seen.ns).toEqual([1]), { intervalMs: 1 });
  expect(reads() - before).toBeLessThan(10);
  abort.abort();
});

test("[BUS4] poll mode delivers everything without any LISTEN", async () => {
  await using database = await createTestDatabase();
  await using writer = await startEngine(database.url, { mode: "poll" });
  await using reader = await startEngine(database.url, { mode: "poll", limits: { pollMs: 20 } });
  const start = (n: number) => reader.realtime.snapshot(reader.db, newsTopic, `n${n}`, async () => null);
  const seen = await Promise.all(upTo(5).map(async (n) => record(reader, newsTopic, `n${n}`, (await start(n)).position)));
  for (const n of upTo(20))
    await Promise.all(upTo(5).map((id) => writer.realtime.publish(newsTopic, `n${id}`, { type: "added", data: { n } })));
  await eventually(() => expect(seen.map((one) => one.ns)).toEqual(upTo(5).map(() => upTo(20))));
  expect((await database.backends()).filter(listens)).toHaveLength(0);
  for (const one of seen) await one[Symbol.asyncDispose]();
});

test("a signal wakes every process, and again after a time in which it may have been lost", async () => {
  await using database = await createTestDatabase();
  await using one = await startEngine(database.url);
  await using two = await startEngine(database.url);
  const woken = { one: 0, two: 0 };
  one.realtime.onSignal("jobs", () => woken.one++);
  const stop = two.realtime.onSignal("jobs", () => woken.two++);
  one.realtime.signal("jobs");
  await eventually(() => expect(woken.one > 0 && woken.two > 0).toBe(true));
  const before = woken.two;
  await database.killBackends(listens);
  await eventually(() => expect(woken.two).toBeGreaterThan(before));
  stop();
});
