/**
 * Random lives of a few people: they join, leave, lose their connection, come back, copy their tab; processes are killed; clocks jump;
 * what an old connection says comes late. When it is quiet everyone must be told the same, and what is true, and each coming online
 * and going offline must have happened once.
 */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { RealtimeError } from "#realtime/index.ts";
import type { Ending, Visit } from "#realtime/visit.ts";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { createTab, startPresence, type TestPresence, type TestTab } from "../../support/presence.ts";

const PROCESSES = 3;
const USERS = 3;
const TABS = 6;
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
  | { readonly type: "kill"; readonly process: number }
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
  { weight: 1, arbitrary: fc.record({ type: fc.constant("kill" as const), process }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clock" as const), hours: fc.integer({ min: -48, max: 48 }) }) },
);
/** What is in one batch happens at once. */
const batches = fc.array(fc.array(command, { minLength: 1, maxLength: 5 }), { minLength: 3, maxLength: 8 });

class Life {
  readonly #users = Array.from({ length: USERS }, () => randomUUID());
  readonly #rooms = Array.from({ length: ROOMS }, () => randomUUID());
  readonly #tabs: TestTab[] = Array.from({ length: TABS }, (_, index) => createTab(this.#users[index % USERS]));
  readonly #roomOf = new Map<TestTab, string>();
  /** Connections of a tab that it has given up, in the order in which it did. */
  readonly #old = new Map<TestTab, Visit[]>();

  async run(batch: readonly Command[]): Promise<void> {
    const busy = new Set<number>();
    const kills = batch.filter(({ type }) => type === "kill");
    await Promise.all(
      batch.map(async (each) => {
        if (each.type === "kill") return;
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
    for (const kill of kills.slice(0, 1)) await this.#kill(kill.type === "kill" ? kill.process : 0);
  }

  async #do(command: Exclude<Command, { type: "kill" | "clock" }>, tab: TestTab): Promise<void> {
    switch (command.type) {
      case "join": {
        const room = this.#rooms[command.room] as string;
        // Of another room: the page went there, and has closed this one. Of the same: the connection is replaced, unnoticed by the old server.
        if (this.#roomOf.get(tab) !== room) tab.end("left");
        else if (tab.visit) this.#old.set(tab, [...(this.#old.get(tab) ?? []), tab.visit]);
        this.#roomOf.set(tab, room);
        await tab.join(processes[command.process] as TestPresence, room);
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

  /** What everybody in each room should be told, by what the tabs themselves know. */
  #truth(room: string): Record<string, unknown> {
    const here = this.#tabs.filter((tab) => tab.at?.alive && this.#roomOf.get(tab) === room);
    return Object.fromEntries(
      here.map((tab) => [tab.tabId, Object.fromEntries(Object.entries(tab.shows).filter(([, value]) => value !== null))]),
    );
  }

  async settle(): Promise<void> {
    for (const room of this.#rooms) {
      await eventually(
        () => {
          const truth = this.#truth(room);
          for (const tab of this.#tabs) {
            if (!Object.hasOwn(truth, tab.tabId)) continue;
            const { [tab.tabId]: own, ...others } = truth;
            expect([...tab.members.keys()].sort()).toEqual(Object.keys(truth).sort());
            expect([...tab.members.values()].every(({ away }) => !away)).toBe(true);
            const told = Object.fromEntries([...tab.values].filter(([tabId]) => tabId !== tab.tabId));
            expect({ ...Object.fromEntries(Object.keys(others).map((tabId) => [tabId, {}])), ...told }).toEqual(others);
          }
        },
        { timeoutMs: 15_000, what: "everyone to be told the truth" },
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
      { timeoutMs: 15_000, what: "no ghost to be left" },
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
    { numRuns: 15, seed: 20_261_121, endOnFailure: true },
  );
}, 240_000);
