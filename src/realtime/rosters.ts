/**
 * Keeps the open rooms of a process as the roster in Postgres says: one read for all that is asked for at once, never two at a time,
 * so what a later read says is never older.
 */
import { type Attendee, type Executor, roster } from "./attendance.ts";
import { type OpenRoom, superseded } from "./visit.ts";

export class Rosters {
  readonly #db: Executor;
  readonly #processId: string;
  readonly #rooms: ReadonlyMap<string, OpenRoom>;
  readonly #onChange: (room: OpenRoom) => void;
  readonly #stale = new Set<string>();
  #refreshing: Promise<void> | null = null;

  constructor(db: Executor, processId: string, rooms: ReadonlyMap<string, OpenRoom>, onChange: (room: OpenRoom) => void) {
    this.#db = db;
    this.#processId = processId;
    this.#rooms = rooms;
    this.#onChange = onChange;
  }

  /** Reads the rosters of these rooms as they are now or later, together with whatever else is asked for meanwhile. */
  async refresh(rooms: Iterable<string>): Promise<void> {
    for (const room of rooms) if (this.#rooms.has(room)) this.#stale.add(room);
    if (this.#stale.size > 0) this.#refreshing ??= this.#readRosters();
    await this.#refreshing;
  }

  async #readRosters(): Promise<void> {
    try {
      while (this.#stale.size > 0) {
        const names = [...this.#stale];
        this.#stale.clear();
        const present = Map.groupBy(await roster(this.#db, names), ({ room }) => room);
        for (const name of names) this.#compare(this.#rooms.get(name), present.get(name) ?? []);
      }
    } finally {
      // In the same turn as the last look at what is stale: a refresh asked for in between would wait for the next one.
      this.#refreshing = null;
    }
  }

  #compare(room: OpenRoom | undefined, present: readonly Attendee[]): void {
    if (!room) return;
    const tabs = new Set(present.map(({ tabId }) => tabId));
    const left = [...room.members.keys()].filter((tabId) => !tabs.has(tabId));
    for (const tabId of left) room.members.delete(tabId);
    // What came while the roster was being read may be of somebody who joined meanwhile; that asked for another read.
    if (!this.#stale.has(room.name)) for (const tabId of room.shown.keys()) if (!tabs.has(tabId)) room.shown.delete(tabId);
    const here = present.filter((row) => {
      const known = room.members.get(row.tabId);
      return known?.epoch !== row.epoch || known.away !== row.away;
    });
    if (here.length + left.length > 0) room.membersVersion = ++room.version;
    for (const row of here) room.members.set(row.tabId, { ...row, changed: room.version });
    if (here.length + left.length > 0) this.#onChange(room);
    for (const visit of room.visits.values()) {
      const own = room.members.get(visit.tabId);
      // By the same process the join itself has ended the older one.
      if (own && own.epoch > visit.epoch && own.processId !== this.#processId) visit.end("over", superseded(visit.tabId));
    }
  }
}
