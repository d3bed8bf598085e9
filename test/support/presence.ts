/**
 * Presence for tests: any number of processes' worth of it on one test database, with quick times, and tabs that fold what they are
 * told as a page does.
 *
 *     await using database = await createTestDatabase();
 *     await using one = await startPresence(database);
 *     await using tab = createTab();
 *     await tab.join(one, roomId);
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Joining } from "#realtime/attendance.ts";
import { RealtimeError, type RealtimeTransaction, roomName } from "#realtime/index.ts";
import { type DEFAULT_TIMES, Presence } from "#realtime/presence.ts";
import { defineRoom, type Member, type RoomUpdate, type ValuesOf } from "#realtime/room.ts";
import type { Ending, Visit } from "#realtime/visit.ts";
import type { Database } from "#server/db.ts";
import type { TestDatabase } from "./database.ts";
import { type Engine, startEngine } from "./engine.ts";

export const testRoom = defineRoom("test", {
  id: z.string().regex(/^[\w-]+$/),
  slices: {
    cursor: { schema: z.object({ x: z.number(), y: z.number() }) },
    note: { schema: z.string().max(20_000) },
    blink: { schema: z.literal(true), clearAfterMs: 1_000 },
    /** What part of the line one sees. */
    view: { schema: z.object({ from: z.number(), to: z.number() }) },
  },
  outOfSight: (viewer, owner) =>
    viewer.view && owner.cursor && (owner.cursor.x < viewer.view.from || owner.cursor.x > viewer.view.to) ? ["cursor"] : [],
});

export type TestValues = ValuesOf<typeof testRoom>;

export const QUICK_TIMES = { leaseMs: 1_500, renewMs: 200, graceMs: 300, sweepMs: 500 };

type Step = (tx: RealtimeTransaction) => Promise<unknown>;

export interface TestPresence extends AsyncDisposable {
  readonly presence: Presence;
  readonly engine: Engine;
  readonly alive: boolean;
  readonly silent: boolean;
  /** Nothing that it asks of the database is asked before the returned function is called: what a pause looks like to the others. */
  silence(): () => void;
  /** Takes users out of a room, or of all, in a transaction that `before` has begun and `after` ends. */
  turnOut(userIds: readonly string[], roomId: string | null, steps?: { before?: Step; after?: Step }): Promise<void>;
  /** Cuts it off without a word, as kill -9 does. */
  kill(): Promise<void>;
}

/** Edges are recorded in the table `edge`, in their own transactions. */
export async function startPresence(
  database: Pick<TestDatabase, "url" | "sql">,
  times: Partial<typeof DEFAULT_TIMES> = {},
  /** By which way it listens; omitted: directly. */
  directUrl = database.url,
): Promise<TestPresence> {
  await database.sql`create table if not exists edge (n bigserial, user_id uuid, online boolean)`;
  const engine = await startEngine(database.url, { directUrl });
  let silence: PromiseWithResolvers<void> | null = null;
  const presence = new Presence({
    realtime: engine.realtime,
    db: behind(engine.db, async () => silence?.promise),
    logger: { info: () => {}, warn: (message, fields) => engine.warnings.push(`${message} ${String(fields?.error)}`), error: () => {} },
    times: { ...QUICK_TIMES, ...times },
    onEdges: async (tx, edges) => {
      for (const { userId, online } of edges) await tx.execute(`insert into edge (user_id, online) values ('${userId}', ${online})`);
    },
  });
  await presence.start();
  let alive = true;
  const closeEngine = () => engine[Symbol.asyncDispose]();
  return {
    presence,
    engine,
    get alive() {
      return alive;
    },
    get silent() {
      return silence !== null;
    },
    silence() {
      const own = Promise.withResolvers<void>();
      silence = own;
      return () => {
        if (silence === own) silence = null;
        own.resolve();
      };
    },
    async turnOut(userIds, roomId, { before, after } = {}) {
      await engine.realtime.transaction(engine.db, async (tx) => {
        await before?.(tx);
        await presence.turnOut(tx, userIds, roomId === null ? null : roomName(testRoom, roomId));
        await after?.(tx);
      });
    },
    async kill() {
      alive = false;
      silence?.resolve();
      await closeEngine();
      await presence.close(); // nothing of it reaches the database any more; it only stops the timers
    },
    async [Symbol.asyncDispose]() {
      if (!alive) return;
      alive = false;
      await presence.close();
      await closeEngine();
    },
  };
}

/** The same database, where whoever asks waits for `gate` first. */
function behind(db: Database, gate: () => Promise<void>): Database {
  return new Proxy(db, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (key !== "execute" && key !== "transaction") return value;
      // Only these two are called, and both are methods that return a promise.
      const method = value as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await gate();
        return method.apply(target, args);
      };
    },
  });
}

export interface TestTab {
  readonly tabId: string;
  readonly userId: string;
  /** What it shows; `join` shows it again, as a page does. */
  readonly shows: Record<string, unknown>;
  /** What it was told, folded. */
  readonly members: ReadonlyMap<string, Member>;
  readonly values: ReadonlyMap<string, TestValues>;
  readonly updates: RoomUpdate[];
  readonly visit: Visit | null;
  /** Where it is, if it is anywhere as far as it knows. */
  readonly at: TestPresence | null;
  readonly error: unknown;
  join(at: TestPresence, roomId: string, admit?: Joining["admit"]): Promise<Visit>;
  show(values: TestValues): Promise<void>;
  end(how: Ending): void;
}

export function createTab(userId: string = randomUUID(), tabId: string = randomUUID()): TestTab {
  const members = new Map<string, Member>();
  const values = new Map<string, TestValues>();
  const shows: Record<string, unknown> = {};
  let updates: RoomUpdate[] = [];
  let visit: Visit | null = null;
  let at: TestPresence | null = null;
  let room = "";
  let error: unknown = null;
  let count = 0;
  /** Its connection; each join comes by another. */
  let via = {};

  async function read(own: Visit): Promise<void> {
    try {
      for await (const update of own.updates()) {
        if (own !== visit) return;
        updates.push(update);
        fold(update, members, values as Map<string, Record<string, unknown>>);
      }
    } catch (caught) {
      if (own === visit) error = caught;
    }
    if (own === visit) at = null;
  }

  async function show(changed: TestValues): Promise<void> {
    Object.assign(shows, changed);
    await at?.presence.set(testRoom, room, { userId, tabId, via, count: count++ }, changed);
  }

  return {
    tabId,
    userId,
    shows,
    members,
    values,
    get updates() {
      return updates;
    },
    get visit() {
      return visit;
    },
    get at() {
      return at;
    },
    get error() {
      return error;
    },
    async join(to, roomId, admit = async () => {}) {
      const own = {};
      const joined = await to.presence.join(testRoom, roomId, {
        tabId,
        userId,
        name: "Ada",
        color: "blue",
        device: "Test",
        via: own,
        admit,
      });
      via = own;
      visit = joined;
      at = to;
      room = roomId;
      error = null;
      updates = [];
      void read(joined);
      try {
        await show({ cursor: null, note: null, blink: null, view: null, ...shows });
      } catch (caught) {
        // Superseded meanwhile.
        if (!(caught instanceof RealtimeError)) throw caught;
      }
      return joined;
    },
    show,
    end(how) {
      visit?.end(how);
      at = null;
    },
  };
}

/** Folds an update as a page does. */
export function fold(update: RoomUpdate, members: Map<string, Member>, values: Map<string, Record<string, unknown>>): void {
  if (update.type === "room") {
    members.clear();
    values.clear();
  } else {
    for (const tabId of update.left) {
      members.delete(tabId);
      values.delete(tabId);
    }
  }
  for (const member of update.type === "room" ? update.members : update.here) members.set(member.tabId, member);
  for (const [tabId, news] of Object.entries(update.values)) {
    const known = { ...values.get(tabId), ...news };
    values.set(tabId, Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null)));
  }
}
