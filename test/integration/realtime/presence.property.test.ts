/**
 * Random lives of a few people: they join, leave, lose their connection, come back, copy their tab, are turned out; processes are killed, or silent for
 * so long that they are taken for dead; clocks jump; what an old connection says comes late. When it is quiet everyone must be told the same, and what is true, and each coming online
 * and going offline must have happened once.
 */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { RealtimeError } from "#realtime/index.ts";
import type { Ending, Visit } from "#realtime/visit.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import fc from "../../support/fast-check.ts";
import { createTab, startPresence, type TestPresence, type TestTab } from "../../support/presence.ts";

const PROCESSES = 3;
const USERS = 3;
const TABS = 7;
const ROOMS = 2;

let database: TestDatabase;
let processes: TestPresence[];

beforeAll(async () => {
  database = await createTestDatabase();
  processes = [];
  while (processes.length < PROCESSES) processes.push(await startPresence(database));
});

afterAll(async () => {
  for (const each of processes) await each[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const realNow = Date.now;
let jumped = 0;

afterEach(() => {
  vi.restoreAllMocks();
});

type Command =
  | { readonly type: "join"; readonly tab: number; readonly process: number; readonly room: number }
  | { readonly type: "end"; readonly tab: number; readonly how: Ending & ("left" | "away") }
  | { readonly type: "lateClose"; readonly tab: number; readonly how: "left" | "away" }
  | { readonly type: "show"; readonly tab: number; readonly x: number; readonly note: string | null }
  | { readonly type: "turnOut"; readonly user: number; readonly room: number | null; readonly process: number }
  | { readonly type: "kill"; readonly process: number }
  | { readonly type: "silence"; readonly process: number }
  | { readonly type: "clock"; readonly hours: number };

const tab = fc.nat(TABS - 1);
const process = fc.nat(PROCESSES - 1);
const how = fc.constantFrom("left" as const, "away" as const);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("join" as const), tab, process, room: fc.nat(ROOMS - 1) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("end" as const), tab, how }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("lateClose" as const), tab, how }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("show" as const),
      tab,
      x: fc.nat(1_000),
      note: fc.option(fc.string({ maxLength: 20 }), { nil: null }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("turnOut" as const), user: fc.nat(USERS - 1), room: fc.option(fc.nat(ROOMS - 1)), process }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("kill" as const), process }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("silence" as const), process }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clock" as const), hours: fc.integer({ min: -48, max: 48 }) }) },
);
/** What is in one batch happens at once. */
const batches = fc.array(fc.array(command, { minLength: 1, maxLength: 5 }), { minLength: 3, maxLength: 8 });

class Life {
  readonly #users = Array.from({ length: USERS }, () => randomUUID());
  readonly #rooms = Array.from({ length: ROOMS }, () => randomUUID());
  readonly #tabs: TestTab[] = [];
  readonly #roomOf = new Map<TestTab, string>();
  /** Connections of a tab that it has given up, in the order in which it did. */
  readonly #old = new Map<TestTab, Visit[]>();

  /** Where each has joined last. */
  readonly #processOf = new Map<TestTab, TestPresence>();
  readonly #wake: (() => void)[] = [];

  constructor() {
    // The last one is a copy of the first: of these two, who joins later has the place.
    for (let index = 0; index < TABS; index++) this.#tabs.push(createTab(this.#users[index % USERS], this.#tabs[index - TABS + 1]?.tabId));
  }

  async run(batch: readonly Command[]): Promise<void> {
    const busy = new Set<number>();
    const kills = batch.filter((each) => each.type === "kill");
    await Promise.all(
      batch.map(async (each) => {
        if (each.type === "kill" || each.type === "silence") return;
        if (each.type === "turnOut") {
          const room = each.room === null ? null : (this.#rooms[each.room] as string);
          return (processes[each.process] as TestPresence).turnOut([this.#users[each.user] as string], room);
        }
        if (each.type === "clock") {
          jumped += each.hours * 3_600_000;
          return;
        }
        // A tab does one thing at a time.
        if (busy.has(each.tab)) return;
        busy.add(each.tab);
        await this.#do(each, this.#tabs[each.tab] as TestTab);
      }),
    );
    for (const kill of kills.slice(0, 1)) await this.#kill(kill.process);
    const silenced = batch.find(({ type }) => type === "silence");
    if (silenced?.type === "silence") this.#wake.push((processes[silenced.process] as TestPresence).silence());
  }

  async #do(command: Exclude<Command, { type: "kill" | "silence" | "clock" | "turnOut" }>, tab: TestTab): Promise<void> {
    switch (command.type) {
      case "join": {
        const room = this.#rooms[command.room] as string;
        const to = processes.find((each, index) => !each.silent && index >= command.process) ?? processes.find(({ silent }) => !silent);
        if (!to) return;
        // Of another room: the page went there, and has closed this one. Of the same: the connection is replaced, unnoticed by the old server.
        if (this.#roomOf.get(tab) !== room) tab.end("left");
        else if (tab.visit) this.#old.set(tab, [...(this.#old.get(tab) ?? []), tab.visit]);
        this.#roomOf.set(tab, room);
        this.#processOf.set(tab, to);
        try {
          await tab.join(to, room);
        } catch (error) {
          // Its copy came at the same time, and later.
          if (!(error instanceof RealtimeError && error.code === "SUPERSEDED")) throw error;
        }
        return;
      }
      case "end":
        tab.end(command.how);
        return;
      case "lateClose":
        this.#old.get(tab)?.shift()?.end(command.how);
        return;
      case "show":
        try {
          await tab.show({ cursor: { x: command.x, y: 0 }, note: command.note });
        } catch (error) {
          // Its process has just been killed, or its place was taken; it shows it when it joins again.
          if (!(error instanceof RealtimeError)) throw error;
        }
    }
  }

  async #kill(index: number): Promise<void> {
    const killed = processes[index] as TestPresence;
    await killed.kill();
    processes[index] = await startPresence(database);
  }

  /** Those who were silent wake up once they have been taken for dead, if anybody is awake to do so; their people join again. */
  async #wakeAll(): Promise<void> {
    const awake = processes.filter(({ silent }) => !silent).length;
    if (awake > 0) {
      const leases = async () => (await database.sql`select from rt.process`).length;
      await eventually(async () => expect(await leases()).toBe(awake), { timeoutMs: 30_000, what: "the silent to be taken for dead" });
    }
    for (const wake of this.#wake.splice(0)) wake();
  }

  async #joinAgain(): Promise<void> {
    for (const tab of this.#tabs) {
      const [room, process] = [this.#roomOf.get(tab), this.#processOf.get(tab)];
      const isTold = tab.error instanceof RealtimeError && tab.error.code === "CLOSED";
      if (isTold && room && process?.alive) await tab.join(process, room);
    }
  }

  /** What everybody in each room should be told, by what the tabs themselves know. */
  #truth(room: string): Record<string, unknown> {
    const here = this.#tabs.filter((tab) => tab.at?.alive && this.#roomOf.get(tab) === room);
    return Object.fromEntries(
      here.map((tab) => [tab.tabId, Object.fromEntries(Object.entries(tab.shows).filter(([, value]) => value !== null))]),
    );
  }

  async settle(): Promise<void> {
    if (this.#wake.length > 0) await this.#wakeAll();
    for (const room of this.#rooms) {
      await eventually(
        async () => {
          await this.#joinAgain();
          const truth = this.#truth(room);
          for (const tab of this.#tabs) {
            if (!tab.at?.alive || this.#roomOf.get(tab) !== room) continue;
            const { [tab.tabId]: own, ...others } = truth;
            expect([...tab.members.keys()].sort()).toEqual(Object.keys(truth).sort());
            expect([...tab.members.values()].every(({ away }) => !away)).toBe(true);
            const told = Object.fromEntries([...tab.values].filter(([tabId]) => tabId !== tab.tabId));
            expect({ ...Object.fromEntries(Object.keys(others).map((tabId) => [tabId, {}])), ...told }).toEqual(others);
          }
        },
        { timeoutMs: 30_000, what: "everyone to be told the truth" },
      );
    }
    await eventually(
      async () => {
        const rows = await database.sql<{ room: string; tab_id: string }[]>`select room, tab_id from rt.session
          where user_id in ${database.sql(this.#users)}`;
        const truth = this.#rooms.flatMap((room) => Object.keys(this.#truth(room)).map((tabId) => `test:${room} ${tabId}`));
        expect(rows.map(({ room, tab_id }) => `${room} ${tab_id}`).sort()).toEqual(truth.sort());
        await this.#expectEdges();
      },
      { timeoutMs: 30_000, what: "no ghost to be left" },
    );
  }

  async #expectEdges(): Promise<void> {
    const online = new Set(this.#tabs.filter((tab) => tab.at?.alive).map(({ userId }) => userId));
    for (const userId of this.#users) {
      const edges = await database.sql<{ online: boolean }[]>`select online from edge where user_id = ${userId} order by n`;
      expect(edges.map((edge) => edge.online)).toEqual(edges.map((_, index) => index % 2 === 0));
      expect(edges.length % 2 === 1).toBe(online.has(userId));
    }
  }

  end(): void {
    for (const wake of this.#wake) wake();
    for (const tab of this.#tabs) tab.end("left");
  }
}

test("[PRS1] [PRS2] [PRS3] whatever happens, when it is quiet everyone is told the same truth, and each edge happened once", async () => {
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + jumped);
  await fc.assert(
    fc.asyncProperty(batches, async (commands) => {
      const life = new Life();
      try {
        for (const batch of commands) await life.run(batch);
        await life.settle();
      } finally {
        life.end();
      }
    }),
    { numRuns: 15, endOnFailure: true },
  );
}, 240_000);
