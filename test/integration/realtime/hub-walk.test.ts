/**
 * A random walk through the hub: readers join, leave, dawdle and come back, on streams that are born with and without an event,
 * written by two engines, trimmed, forgotten and made again, with limits so small that every way is taken often. Afterwards each
 * reader must have seen exactly the log after its position, or have been told where it goes on; nothing may be read while nothing
 * happens; and nothing may be left behind. Each actor draws from a sequence of its own, so a seed repeats what each of them does.
 */
import { getEventListeners } from "node:events";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Delivery } from "#realtime/index.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type Engine, noteTopic, seqOf, startEngine } from "../../support/engine.ts";
import { eventually } from "../../support/eventually.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { createRandom, type Random, seededRandom } from "../../support/random.ts";

type Note = Delivery<typeof noteTopic>;

/** So many that some are born while they are watched, and read. */
const KEPT = Array.from({ length: 20 }, (_, index) => `kept-${index}`);
const TRIMMED = ["trimmed-1"];
const FORGOTTEN = ["forgotten-1", "forgotten-2", "forgotten-3"];
const ALL = [...KEPT, ...TRIMMED, ...FORGOTTEN];
const limits = { pageEvents: 3, bufferEvents: 4, bufferChars: 400, maxReplayEvents: 25, pageBytes: 300 };
const STEPS = 80;
const READERS = 50;

const birthOf = (position: string) => position.slice(0, position.indexOf("-"));
const isUnborn = (position: string) => birthOf(position) === "0" && seqOf(position) === 0;

/** Keeps what was ever stored, and in which life of its stream. */
async function archive(database: TestDatabase): Promise<() => Promise<Map<string, number>>> {
  await database.sql`create table archive (place text primary key, n int)`;
  await database.sql`create function archive() returns trigger language plpgsql as $$ begin
    insert into archive select concat_ws(' ', s.stream, s.epoch, new.seq), (new.data::json->'data'->>'n')::int
    from rt.stream s where s.stream = new.stream; return null; end $$`;
  await database.sql`create trigger archive after insert on rt.event for each row execute function archive()`;
  return async () => {
    const rows = await database.sql<{ place: string; n: number }[]>`select place, n from archive`;
    return new Map(rows.map(({ place, n }) => [place, n]));
  };
}

let n = 0;
const added = () => ({ type: "added" as const, data: { n: ++n } });

/** @param lost the one that it forgets; two that forget the same at once would run into each other */
async function write(engines: readonly Engine[], database: TestDatabase, random: Random, lost: string): Promise<void> {
  for (let step = 0; step < STEPS; step++) {
    const { realtime, db } = random.pick(engines);
    const id = random.pick(ALL);
    const kind = random.int(0, 11);
    if (kind < 4) await realtime.publish(noteTopic, id, added());
    else if (kind < 6) await Promise.all(Array.from({ length: random.int(2, 12) }, () => realtime.publish(noteTopic, id, added())));
    else if (kind < 8) {
      const some = random.shuffle(ALL).slice(0, random.int(1, 3));
      await realtime.transaction(db, async (tx) => some.forEach((one) => void tx.publish(noteTopic, one, added())));
    } else if (kind === 8) await realtime.transaction(db, (tx) => tx.raiseFence(noteTopic, lost, 1));
    else if (kind === 9) await realtime.transaction(db, (tx) => tx.forget(noteTopic, lost));
    else if (kind === 10) {
      await realtime.transaction(db, async (tx) => {
        await tx.forget(noteTopic, lost);
        tx.publish(noteTopic, lost, added());
      });
    } else {
      const stream = `note:${random.pick(TRIMMED)}`;
      await database.sql`delete from rt.event where stream = ${stream} and seq <= (select head - 2 from rt.stream where stream = ${stream})`;
    }
    if (random.chance(0.5)) await delay(random.int(0, 8));
  }
}

interface Walker {
  readonly id: string;
  /** From where, and what came then. */
  readonly visits: { readonly after: string; readonly seen: Note[] }[];
  last: string;
}

/** @param isCalm from then on nobody leaves any more */
async function walk(engines: readonly Engine[], walker: Walker, random: Random, isCalm: () => boolean, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    const visit = new AbortController();
    const { realtime } = random.pick(engines);
    const stream = realtime.subscribe(noteTopic, walker.id, { after: walker.last, signal: visit.signal });
    const seen: Note[] = [];
    walker.visits.push({ after: walker.last, seen });
    const next = async () => {
      const { value } = await stream.next();
      if (value) seen.push(value);
      walker.last = value?.position ?? walker.last;
      return value !== undefined;
    };
    const abort = () => visit.abort();
    end.addEventListener("abort", abort);
    if (random.chance(0.1) && !isCalm()) {
      await turn(); // and never reads
      if (random.chance(0.5)) await stream.return?.();
    } else {
      if (random.chance(0.3)) {
        const leaveMs = random.int(0, 20);
        const leave = random.chance(0.5) ? abort : () => void stream.return?.();
        void delay(leaveMs).then(() => isCalm() || leave());
      }
      for (let left = random.int(0, 15); left > 0 || isCalm(); left--) {
        // Calls may overlap, and are answered in order.
        const answers = await Promise.all(Array.from({ length: random.int(1, 2) }, next));
        if (answers.includes(false)) break;
        if (random.chance(0.15)) await delay(random.int(1, 25));
      }
      await stream.return?.();
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    }
    end.removeEventListener("abort", abort);
    expect(getEventListeners(visit.signal, "abort")).toEqual([]);
    await turn();
  }
}

/** Nothing is read while nothing happens, but what the sweep looks at: all streams of an engine are one statement of each round. */
async function beQuiet({ realtime }: Engine, database: TestDatabase, sweeps: boolean): Promise<void> {
  const metrics = () => ({ reads: 0, swept: 0, streams: 0, ...realtime.metrics() });
  await eventually(async () => {
    const before = metrics();
    for (let round = 0; round < 50; round++) await database.sql`select 1`;
    if (sweeps) await eventually(() => expect(metrics().swept).toBeGreaterThan(before.swept + 5 * before.streams));
    const { reads, swept } = metrics();
    expect(reads - before.reads).toBeLessThanOrEqual((swept - before.swept) / Math.max(1, before.streams));
  });
}

/** What came after a position must be what follows it in the log, or say where it goes on and be right to. */
function check({ id, visits }: Walker, log: ReadonlyMap<string, number>): void {
  for (const { after, seen } of visits) {
    let at = after;
    for (const { position, event } of seen) {
      const what = `${id}: ${at} -> ${position} ${JSON.stringify(event)}`;
      if (event.type === "added") {
        const goesOn = birthOf(position) === birthOf(at) || isUnborn(at);
        expect([goesOn, seqOf(position)], what).toEqual([true, seqOf(at) + 1]);
        expect(log.get(`note:${id} ${birthOf(position)} ${seqOf(position)}`), what).toBe(event.data.n);
      } else if (event.type === "resync") {
        const { reason } = event.data;
        if (reason === "reset") expect(FORGOTTEN, what).toContain(id);
        else if (reason === "truncated") expect(TRIMMED, what).toContain(id);
        // Where the hub was too far behind, so was whoever had read on by himself; both are sent forward.
        else expect([reason, seqOf(position) > seqOf(at)], what).toEqual(["tooFar", true]);
      }
      at = position;
    }
  }
}

test.each([
  ["when notifications are lost, and the sweep finds what they told of", true],
  ["when nothing is lost, without any sweep", false],
])(
  "[HUB2] [HUB3] [LOG3] [BUS1] [SUB1] [SUB2] [SUB3] a random walk sees the log, then rests, and leaves nothing behind: %s",
  async (_, sweeps) => {
    const random = seededRandom();
    const actor = () => createRandom(random.int(1, 2 ** 30));
    await using database = await createTestDatabase();
    const readArchive = await archive(database);
    await using proxy = await startFaultProxy(database.url);
    const options = { limits: { ...limits, pollMs: sweeps ? 10 : 600_000, sweepStreamsPerSecond: 4_000 } };
    await using one = await startEngine(proxy.url, options);
    await using two = await startEngine(proxy.url, options);
    const engines = [one, two];
    const fate = actor();
    proxy.onNotification(() => (sweeps && fate.chance(0.4) ? "drop" : fate.chance(0.2) ? "double" : { delayMs: fate.int(0, 30) }));

    let isCalm = false;
    const end = new AbortController();
    const walkers = await Promise.all(
      Array.from({ length: READERS }, async (): Promise<Walker> => {
        const id = random.pick(ALL);
        const { position } = await one.realtime.snapshot(one.db, noteTopic, id, async () => null);
        return { id, visits: [], last: position };
      }),
    );
    const walking = Promise.all(walkers.map((walker) => walk(engines, walker, actor(), () => isCalm, end.signal)));
    await using leaving = {
      async [Symbol.asyncDispose]() {
        end.abort();
        await walking;
      },
    };
    await Promise.all(FORGOTTEN.map((lost) => write(engines, database, actor(), lost)));
    isCalm = true;
    const arrive = async (ids: readonly string[]) => {
      const heads = await Promise.all(
        ids.map(async (id) => (await one.realtime.snapshot(one.db, noteTopic, id, async () => null)).position),
      );
      await eventually(() => {
        for (const { id, last } of walkers) {
          const head = heads[ids.indexOf(id)] ?? last;
          // Of a stream that was born without an event nobody is told.
          if (!(isUnborn(last) && seqOf(head) === 0)) expect(last).toBe(head);
        }
      });
    };
    const quiet = () => Promise.all(engines.map((engine) => beQuiet(engine, database, sweeps)));
    await arrive(sweeps ? ALL : KEPT);
    await quiet();
    // Nobody is told that a stream was forgotten; the next event does.
    for (const id of ALL) await random.pick(engines).realtime.publish(noteTopic, id, added());
    await arrive(ALL);
    await quiet();

    const log = await readArchive();
    for (const walker of walkers) check(walker, log);
    await leaving[Symbol.asyncDispose]();
    for (const { realtime, warnings } of engines) {
      expect(realtime.metrics().streams).toBe(0);
      expect(realtime.metrics().slow_readers).toBeGreaterThan(0);
      expect(warnings).toEqual([]);
    }
  },
  60_000,
);
