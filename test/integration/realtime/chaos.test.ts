/**
 * Everything at once, for some seconds: writers of every kind on three engines, readers that come and go between them, and faults
 * in the network, the server and the notifications. Afterwards the log must hold exactly what was acknowledged, and every reader
 * must have seen exactly the log. Each actor draws from a sequence of its own, so a seed repeats what each of them does.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Topic } from "#realtime/index.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type Engine, newsTopic, noteTopic, seqOf, startEngine, upTo } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../../support/fault-proxy.ts";
import { createRandom, type Random, seededRandom } from "../../support/random.ts";

const DURATION_MS = 8_000;
const NOTES = ["a", "b", "c"];
const NEWS = "news";
const limits = { answerMs: 1_000, heartbeatMs: 300, lockTimeoutMs: 100, pageEvents: 20, bufferEvents: 8, pollMs: 100 };

/** What writers know for sure; an event whose outcome was lost with its connection is in neither. */
interface Ledger {
  next: number;
  readonly stored: Map<number, string>;
  readonly refused: Set<number>;
}

const added = (n: number) => ({ type: "added" as const, data: { n } });

async function write(engine: Engine, random: Random, ledger: Ledger, isOver: () => boolean): Promise<void> {
  const { realtime, db } = engine;
  while (!isOver()) {
    const n = ledger.next++;
    const id = random.pick(NOTES);
    const kind = random.int(0, 9);
    if (kind < 5) ledger.stored.set(n, (await realtime.publish(noteTopic, id, added(n))).position);
    else if (kind < 7) await realtime.publish(newsTopic, NEWS, added(n));
    else if (kind < 9) await writeTransaction(engine, random, ledger, n);
    else {
      const fence = ledger.next++;
      const raised = await realtime.transaction(db, (tx) => tx.raiseFence(noteTopic, "fenced", fence)).catch(() => "unknown");
      const code = await realtime.publish(noteTopic, "fenced", added(n), { fence: 1 }).catch((error: { code: string }) => error.code);
      if (raised !== "unknown") expect(code).toBe("FENCED");
    }
    await delay(random.int(0, 15));
  }
}

async function writeTransaction({ realtime, db }: Engine, random: Random, ledger: Ledger, n: number): Promise<void> {
  const [kept, dropped] = [ledger.next++, ledger.next++];
  const commits = random.chance(0.7);
  ledger.refused.add(dropped);
  if (!commits) [n, kept].forEach((never) => void ledger.refused.add(never));
  const ids = random.shuffle(NOTES);
  const transaction = realtime.transaction(db, async (tx) => {
    tx.publish(noteTopic, ids[0] ?? "a", added(n));
    const released = tx.transaction(async (inner) => inner.publish(noteTopic, ids[1] ?? "b", added(kept)));
    await released;
    const rolledBack = tx.transaction(async (inner) => {
      inner.publish(noteTopic, ids[2] ?? "c", added(dropped));
      throw new Error("rolled back");
    });
    await rolledBack.catch(() => {});
    if (random.chance(0.2)) await delay(150); // long enough for others to run into the lock's timeout
    if (!commits) throw new Error("rolled back");
  });
  await transaction.catch(() => {}); // rolled back, or its connection died: then nobody knows
}

interface Reader {
  readonly topic: Topic;
  readonly id: string;
  last: string | null;
  readonly seen: { seq: number; n: number }[];
  /** Places in `seen` before which the reader was told that it cannot simply go on, and from where it did. */
  readonly jumps: Map<number, number>;
}

async function read(engines: readonly Engine[], random: Random, reader: Reader, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const visit = new AbortController();
    const leave = () => visit.abort();
    signal.addEventListener("abort", leave);
    let left = random.int(1, 40);
    const stream = random.pick(engines).realtime.subscribe(reader.topic, reader.id, { after: reader.last, signal: visit.signal });
    for await (const { position, event } of stream) {
      reader.last = position;
      if (event.type === "resync") reader.jumps.set(reader.seen.length, seqOf(position));
      // Both topics have only this event besides.
      else reader.seen.push({ seq: seqOf(position), n: (event.data as { n: number }).n });
      if (random.chance(0.05)) await delay(random.int(1, 60)); // a slow one
      if (--left === 0) break;
    }
    signal.removeEventListener("abort", leave);
  }
}

async function breakThings(database: TestDatabase, proxies: readonly FaultProxy[], random: Random, isOver: () => boolean): Promise<void> {
  for (const proxy of proxies) {
    const rule = createRandom(random.int(1, 2 ** 30));
    proxy.onNotification(() => (rule.chance(0.3) ? "drop" : rule.chance(0.2) ? "double" : { delayMs: rule.int(0, 40) }));
  }
  while (!isOver()) {
    await delay(random.int(50, 500));
    const proxy = random.pick(proxies);
    const fault = random.int(0, 4);
    if (fault === 0) proxy.cut();
    else if (fault === 1) await database.killBackends(() => random.chance(0.3));
    else if (fault === 2) await database.killBackends(({ application }) => application === "heliograph-listen");
    else if (fault === 3) {
      proxy.pause();
      await delay(random.int(50, 400));
      proxy.resume();
    } else {
      proxy.refuse(true);
      proxy.cut();
      await delay(random.int(50, 300));
      proxy.refuse(false);
    }
  }
}

test("[LOG1] [LOG2] [LOG5] [LOG6] [BUS1] [HUB2] [SUB1] [SUB2] [SUB3] through any mixture of faults readers see exactly the log", async () => {
  const random = seededRandom();
  const actor = () => createRandom(random.int(1, 2 ** 30));
  await using database = await createTestDatabase();
  // Every event ever stored, whatever retention removes.
  await database.sql`create table archive (stream text, seq int, n int)`;
  await database.sql`create function archive() returns trigger language plpgsql as $$ begin
    insert into archive values (new.stream, new.seq, (new.data::json->'data'->>'n')::int); return null; end $$`;
  await database.sql`create trigger archive after insert on rt.event for each row execute function archive()`;
  await using left = await startFaultProxy(database.url);
  await using right = await startFaultProxy(database.url);
  await using one = await startEngine(left.url, { limits });
  await using two = await startEngine(right.url, { limits });
  await using three = await startEngine(database.url, { limits, directUrl: right.url });
  const engines = [one, two, three];

  const start = performance.now();
  const isOver = () => performance.now() - start > DURATION_MS;
  const ledger: Ledger = { next: 2, stored: new Map(), refused: new Set() };
  const stop = new AbortController();
  const readers = [...NOTES, ...NOTES, "fenced", NEWS, NEWS].map(
    (id): Reader => ({ topic: id === NEWS ? newsTopic : noteTopic, id, last: null, seen: [], jumps: new Map() }),
  );
  const reading = Promise.all(readers.map((reader) => read(engines, actor(), reader, stop.signal)));
  const trimming = (async () => {
    while (!isOver()) {
      await three.realtime.trim().catch(() => {});
      await delay(100);
    }
  })();
  const writing = Promise.all([one, two, three, one, two, three].map((engine) => write(engine, actor(), ledger, isOver)));
  await Promise.all([writing, trimming, breakThings(database, [left, right], actor(), isOver)]);
  for (const proxy of [left, right]) proxy.onNotification(null);

  const log = Map.groupBy(
    await database.sql<{ stream: string; seq: number; n: number }[]>`select stream, seq, n from archive order by stream, seq`,
    ({ stream }) => stream,
  );
  const logOf = ({ topic, id }: Reader) => (log.get(`${topic.name}:${id}`) ?? []).map(({ seq, n }) => ({ seq, n }));
  await eventually(
    () => {
      for (const reader of readers) expect(reader.last === null ? 0 : seqOf(reader.last)).toBe(logOf(reader).length);
    },
    { timeoutMs: 60_000, what: "every reader to reach the end" },
  );
  stop.abort();
  await reading;

  const all = [...log.values()].flat().map(({ n }) => n);
  expect(new Set(all).size).toBe(all.length);
  expect(all.filter((n) => ledger.refused.has(n))).toEqual([]);
  for (const events of log.values()) expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length));
  const places = new Map([...log.values()].flat().map(({ seq, n }) => [n, seq]));
  for (const [n, position] of ledger.stored) expect(places.get(n)).toBe(seqOf(position));
  expect(ledger.stored.size).toBeGreaterThan(50);

  for (const reader of readers) {
    if (reader.topic === noteTopic) {
      expect(reader.jumps.size).toBe(0);
      expect(reader.seen).toEqual(logOf(reader));
      continue;
    }
    const stored = logOf(reader);
    let expected = reader.seen[0]?.seq ?? 0; // it starts now
    for (const [index, event] of reader.seen.entries()) {
      const jumpedTo = reader.jumps.get(index);
      if (jumpedTo !== undefined) expected = jumpedTo + 1;
      expect(event).toEqual({ seq: expected, n: stored[expected - 1]?.n });
      expected++;
    }
  }
});
