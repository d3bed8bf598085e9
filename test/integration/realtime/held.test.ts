/** Streams that somebody's open transaction holds: the others go on, and those that are held go on when they are free. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { TestDatabase } from "../../support/database.ts";
import { createTestDatabase } from "../../support/database.ts";
import { type Engine, noteTopic, seqOf, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { createRandom, seededRandom } from "../../support/random.ts";

const lockTimeoutMs = 100;
const codeOf = (error: { code?: string }) => error.code;

interface Hold extends AsyncDisposable {
  release(): Promise<void>;
}

/** An open transaction that has the streams' counters. One that had no counter is made, and with `rollback` never was. */
async function hold({ realtime, db }: Engine, ids: readonly string[], end: "commit" | "rollback" = "commit"): Promise<Hold> {
  const { promise: released, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: holding, resolve: holds } = Promise.withResolvers<void>();
  const holder = realtime.transaction(db, async (tx) => {
    for (const id of ids.toSorted()) await tx.lock(noteTopic, id);
    holds();
    await released;
    if (end === "rollback") throw new Error("rolled back");
  });
  const over = holder.catch(() => {});
  await Promise.race([holding, holder]);
  const release = async () => {
    letGo();
    await over;
  };
  return { release, [Symbol.asyncDispose]: release };
}

async function logOf(database: TestDatabase): Promise<Map<string, number[]>> {
  const rows = await database.sql<{ id: string; seq: number; n: number }[]>`
    select split_part(stream, ':', 2) as id, seq::int, (data::json->'data'->>'n')::int as n from rt.event order by stream, seq`;
  const streams = Map.groupBy(rows, ({ id }) => id);
  return new Map(
    [...streams].map(([id, events]) => {
      expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length));
      return [id, events.map(({ n }) => n)];
    }),
  );
}

/** Publishes, and resolves with that promise alone in an array when it waits in the side lane. */
async function addHeld(engine: Engine, id: string, n: number): Promise<Promise<string>[]> {
  const waiting = engine.add(id, n);
  waiting.catch(() => {});
  await engine.add("elsewhere", n);
  return [waiting];
}

test("[LOG2] of several streams that are held by different transactions each goes on when its own ends, born or unborn", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { lockTimeoutMs } });
  const ids = upTo(6).map((n) => `held-${n}`);
  for (const id of ids.slice(0, 3)) await engine.add(id, 0);
  const holds = await Promise.all(ids.map((id) => hold(engine, [id])));
  // In one batch: those that are held, one that has a counter, and one that nobody makes but us.
  const waiting = ids.map((id) => engine.add(id, 1));
  await engine.add("old", 1);
  const others = [engine.add("old", 2), engine.add("new", 1)];
  const more = ids.map((id) => engine.add(id, 2));
  await Promise.all(others);
  for (const n of upTo(10)) await engine.add(`free-${n}`, n);
  // The last in every order first: it may not have to wait until those before it are free.
  for (const [index, one] of [...holds.entries()].reverse()) {
    await one.release();
    await Promise.all([waiting[index], more[index]]);
    await engine.add(ids[index] ?? "", 3);
  }
  const log = await logOf(database);
  expect(ids.map((id) => log.get(id))).toEqual(ids.map((_, index) => (index < 3 ? [0, 1, 2, 3] : [1, 2, 3])));
});

test("[LOG2] a stream that was held and is hot does not starve", async () => {
  await using database = await createTestDatabase();
  await using one = await startEngine(database.url, { limits: { lockTimeoutMs } });
  await using two = await startEngine(database.url);
  await one.add("hot", 0);
  await using held = await hold(two, ["hot"]);
  // "a-held" is never free: it may not keep its neighbour in the side lane from its turn.
  await using _never = await hold(two, ["a-held"]);
  const never = one.add("a-held", 1);
  const waiting = await addHeld(one, "hot", 1);
  let over = false;
  const writers = upTo(6).map(async () => {
    while (!over)
      await two.realtime.transaction(two.db, async (tx) => {
        await tx.lock(noteTopic, "hot");
        await delay(3);
      });
  });
  await held.release();
  for (const n of upTo(5)) waiting.push(one.add("hot", n + 1));
  await Promise.all(waiting);
  over = true;
  await Promise.all(writers);
  await _never.release();
  await never;
  expect((await logOf(database)).get("hot")).toEqual(upTo(7).map((n) => n - 1));
});

test("[LOG6] what waits for a held stream is bounded, and takes no room from other streams", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { lockTimeoutMs, maxQueuedEvents: 50 } });
  await using held = await hold(engine, ["held"]);
  const first = await addHeld(engine, "held", 0);
  const rest = Promise.allSettled(upTo(60).map((n) => engine.add("held", n)));
  expect(await Promise.all(upTo(50).map((n) => engine.add("free", n)))).toHaveLength(50);
  await held.release();
  await Promise.all(first);
  const refused = (await rest).filter((result) => result.status === "rejected");
  expect(refused.map(({ reason }) => codeOf(reason))).toEqual(upTo(11).map(() => "QUEUE_FULL"));
  const log = await logOf(database);
  expect(log.get("held")).toEqual(upTo(50).map((n) => n - 1));
});

test("[LOG6] what waits too long for a held stream is a TIMEOUT, those who came later are stored, and nothing stays behind", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { lockTimeoutMs, publishTimeoutMs: 600 } });
  await using held = await hold(engine, ["held"]);
  const start = performance.now();
  const late = [engine.add("held", 1), engine.add("held", 2)];
  await engine.add("free", 1);
  for (const one of late) expect(await one.catch(codeOf)).toBe("TIMEOUT");
  expect(performance.now() - start).toBeLessThan(2_500);
  const waiting = engine.add("held", 3);
  await engine.add("free", 2);
  await held.release();
  expect(seqOf(await waiting)).toBe(1);
  expect((await logOf(database)).get("held")).toEqual([3]);
});

test("[LOG6] close ends in seconds while streams are held, and every publisher gets an answer", async () => {
  await using database = await createTestDatabase();
  await using holder = await startEngine(database.url);
  await using engine = await startEngine(database.url, { limits: { lockTimeoutMs, closeTimeoutMs: 300 } });
  const ids = upTo(20).map((n) => `held-${n}`);
  await using _held = await hold(holder, ids);
  const waiting = Promise.all(ids.flatMap((id) => upTo(5).map((n) => engine.add(id, n).catch(codeOf))));
  await engine.add("free", 1);
  const start = performance.now();
  await engine.realtime.close();
  expect(performance.now() - start).toBeLessThan(4_000);
  expect(new Set(await waiting)).toEqual(new Set(["TIMEOUT"]));
});

test("[LOG6] a lost reply to what was held writes once", async () => {
  await using database = await createTestDatabase();
  await using proxy = await startFaultProxy(database.url);
  await using holder = await startEngine(database.url);
  await using engine = await startEngine(proxy.url, { limits: { lockTimeoutMs } });
  for (const lose of [proxy.loseReply, proxy.loseRequest]) {
    await using held = await hold(holder, ["held"]);
    const waiting = [...(await addHeld(engine, "held", 1)), engine.add("held", 2)];
    await held.release();
    const lost = lose(/guard as materialized/);
    waiting.push(engine.add("held", 3));
    const other = engine.add("free", 1);
    await Promise.all([...waiting, lost, other]);
  }
  expect((await logOf(database)).get("held")).toEqual([1, 2, 3, 1, 2, 3]);
});

test("[LOG2] behind a pooler, which sets no timeouts, a held stream stalls no other either", async () => {
  await using database = await createTestDatabase();
  // Where the two addresses differ, the engine takes the first for a pooler's.
  await using engine = await startEngine(`${database.url}?application_name=pooled`, { directUrl: database.url, limits: { lockTimeoutMs } });
  await using held = await hold(engine, ["held"]);
  const waiting = engine.add("held", 1);
  const start = performance.now();
  for (const n of upTo(5)) await engine.add("free", n);
  expect(performance.now() - start).toBeLessThan(4_000);
  await held.release();
  expect(seqOf(await waiting)).toBe(1);
});

test("a bad event fails alone, wherever it is in its batch, also where its stream was held", async () => {
  await using database = await createTestDatabase();
  await using engine = await startEngine(database.url, { limits: { lockTimeoutMs } });
  await database.sql`alter table rt.event add constraint no_bad check (data not like '%"n":666%')`;
  for (const bad of [1, 4, 7]) {
    const results = upTo(7).map((n) => engine.add(n % 2 ? "a" : "b", n === bad ? 666 : n).catch(codeOf));
    expect((await Promise.all(results)).map((result) => result === "REFUSED")).toEqual(upTo(7).map((n) => n === bad));
  }
  await using held = await hold(engine, ["held"]);
  const waiting = await addHeld(engine, "held", 1);
  waiting.push(...[666, 2, 666, 3].map((n) => engine.add("held", n)));
  const outcomes = Promise.allSettled(waiting);
  await held.release();
  expect((await outcomes).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"]);
  expect((await logOf(database)).get("held")).toEqual([1, 2, 3]);
});

test("[LOG2] [LOG6] through any mixture of holds, bad events and lost connections every publish has one outcome, in order", async () => {
  const random = seededRandom();
  const actor = () => createRandom(random.int(1, 2 ** 30));
  await using database = await createTestDatabase();
  await database.sql`alter table rt.event add constraint no_bad check (data not like '%"n":666%')`;
  await using proxy = await startFaultProxy(database.url);
  await using other = await startEngine(database.url, { limits: { lockTimeoutMs: 50, publishTimeoutMs: 55_000 } });
  await using engine = await startEngine(proxy.url, { limits: { lockTimeoutMs: 50, answerMs: 1_000, publishTimeoutMs: 55_000 } });
  const ids = upTo(8).map((n) => `s${n}`);
  let over = false;
  const holders = upTo(2).map(async () => {
    const random = actor();
    while (!over) {
      const some = random.shuffle(ids).slice(0, random.int(1, 3));
      // Another holder may be in the way for longer than transactions may wait.
      const held = await hold(other, some, random.chance(0.5) ? "commit" : "rollback").catch(() => null);
      await delay(random.int(0, 250));
      await held?.release();
      await delay(random.int(0, 100));
    }
  });
  const breaking = (async () => {
    const random = actor();
    while (!over) {
      await delay(random.int(400, 1_200));
      const lose = random.pick([proxy.loseReply, proxy.loseRequest]);
      if (random.chance(0.3)) proxy.cut();
      else await Promise.race([lose(random.chance(0.7) ? /guard as materialized/ : /insert into rt.publisher/), delay(500)]);
    }
  })();
  let next = 1_000; // no number holds another
  const outcomes: { publisher: number; id: string; n: number; outcome: string | undefined }[] = [];
  const publishers = upTo(4).map(async (publisher) => {
    const random = actor();
    const from = random.chance(0.7) ? engine : other;
    const all: Promise<unknown>[] = [];
    for (let round = 0; round < 30; round++) {
      for (const _ of upTo(random.int(1, 3))) {
        const [id, number] = [random.pick(ids), next++];
        const n = random.chance(0.02) ? Number(`666${number}`) : number;
        all.push(
          from
            .add(id, n)
            .catch(codeOf)
            .then((outcome) => outcomes.push({ publisher, id, n, outcome })),
        );
      }
      await delay(random.int(0, 25));
    }
    await Promise.all(all);
  });
  await Promise.all(publishers);
  over = true;
  await Promise.all([...holders, breaking]);

  const log = await logOf(database);
  expect([...log.values()].flat()).toHaveLength(new Set([...log.values()].flat()).size);
  for (const { id, n, outcome } of outcomes) {
    if (String(n).startsWith("666")) expect(outcome).toBe("REFUSED");
    else expect(log.get(id)?.indexOf(n)).toBe(seqOf(outcome ?? "") - 1);
  }
  expect(outcomes.filter(({ outcome }) => outcome !== "REFUSED")).toHaveLength([...log.values()].flat().length);
  // Numbers are given in the order of publishing: each publisher's are in it in every stream.
  for (const publisher of upTo(4)) {
    const mine = new Set(outcomes.filter((one) => one.publisher === publisher).map(({ n }) => n));
    for (const events of log.values()) {
      const own = events.filter((n) => mine.has(n));
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  }
  await eventually(() => expect(engine.realtime.status().connected).toBe(true));
}, 60_000);
