/**
 * Engines for tests: any number of them on one test database, each with its own application pool, as separate servers would be.
 *
 *     await using database = await createTestDatabase();
 *     await using one = await startEngine(database.url);
 *     await using two = await startEngine(database.url);
 */
import { z } from "zod";
import {
  createRealtime,
  type Delivery,
  defineTopic,
  type Realtime,
  type RealtimeOptions,
  type Resync,
  type Topic,
} from "#realtime/index.ts";
import { createDatabase, type Database } from "#server/db.ts";

/** Replays from its beginning, like a run. */
export const noteTopic = defineTopic("note", {
  id: z.string().regex(/^[a-z0-9-]+$/),
  start: "beginning",
  retention: { maxAgeMs: 3_600_000 },
  events: { added: z.object({ n: z.number() }), stamped: z.object({ on: z.date(), tags: z.map(z.string(), z.bigint()) }) },
});

/** Starts where it is, like a document. */
export const newsTopic = defineTopic("news", {
  id: z.string(),
  start: "now",
  retention: { maxAgeMs: 3_600_000, maxEvents: 10 },
  events: { added: z.object({ n: z.number() }) },
});

/** Looked at every 500 ms, like access. */
export const alarmTopic = defineTopic("alarm", {
  id: z.string(),
  start: "now",
  sweep: "urgent",
  retention: { maxAgeMs: 3_600_000 },
  events: { added: z.object({ n: z.number() }) },
});

export interface Engine extends AsyncDisposable {
  readonly realtime: Realtime;
  readonly db: Database;
  readonly warnings: string[];
  add(id: string, n: number): Promise<string>;
}

export async function startEngine(url: string, options: Partial<RealtimeOptions> = {}): Promise<Engine> {
  const warnings: string[] = [];
  const logger = {
    info: () => {},
    warn: (message: string) => void warnings.push(message),
    error: (message: string) => void warnings.push(message),
  };
  const realtime = createRealtime({ url, logger, ...options });
  const database = createDatabase(url, { max: 8 });
  await realtime.start();
  return {
    realtime,
    db: database.db,
    warnings,
    add: async (id, n) => (await realtime.publish(noteTopic, id, { type: "added", data: { n } })).position,
    async [Symbol.asyncDispose]() {
      await realtime.close();
      await database.close();
    },
  };
}

/** Reads in the background and keeps what came; `seqs` and `ns` are what most assertions look at. */
export interface Recording<T extends Topic> extends AsyncDisposable {
  readonly deliveries: Delivery<T>[];
  readonly seqs: number[];
  readonly ns: unknown[];
  readonly resyncs: string[];
  readonly last: string | null;
  readonly ended: boolean;
  readonly error: unknown;
}

export function record<T extends Topic>(engine: Engine, topic: T, id: string, after: string | null = null): Recording<T> {
  const abort = new AbortController();
  const deliveries: Delivery<T>[] = [];
  let ended = false;
  let error: unknown = null;
  const stream = engine.realtime.subscribe(topic, id, { after, signal: abort.signal });
  const reading = (async () => {
    try {
      for await (const delivery of stream) deliveries.push(delivery);
    } catch (caught) {
      error = caught;
    } finally {
      ended = true;
    }
  })();
  const events = () => deliveries.filter(({ event }) => event.type !== "resync");
  return {
    deliveries,
    get seqs() {
      return events().map(({ position }) => seqOf(position));
    },
    get ns() {
      // Both kinds of test event that are counted carry `n`.
      return events().map(({ event }) => (event.data as { n: number }).n);
    },
    get resyncs() {
      // For a generic topic the compiler cannot narrow by `type`; "resync" is the engine's own.
      return deliveries.flatMap(({ event }) => (event.type === "resync" ? [(event as Resync).data.reason] : []));
    },
    get last() {
      return deliveries.at(-1)?.position ?? null;
    },
    get ended() {
      return ended;
    },
    get error() {
      return error;
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reading;
    },
  };
}

export function seqOf(position: string): number {
  return Number(position.slice(position.lastIndexOf(".") + 1));
}

/** 1 to n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}
