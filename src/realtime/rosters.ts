/**
 * Keeps the open rooms of a process as the roster in Postgres says: one read for all that is asked for at once, never two at a time,
 * so what a later read says is never older.
 */
import { type Attendee, type Executor, roster } from "./attendance.ts";
import { lost, type OpenRoom, superseded } from "./visit.ts";

export class Rosters {
  readonly #db: Executor;
  readonly #processId: string;
  readonly #rooms: ReadonlyMap<string, OpenRoom>;
  readonly #onChange: (room: OpenRoom) => void;
  readonly #onMeet: (room: OpenRoom) => void;
  readonly #stale = new Set<string>();
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** @param on `meet`: another process has people in a room that was ours alone, as far as we knew */
  constructor(
    db: Executor,
    processId: string,
    rooms: ReadonlyMap<string, OpenRoom>,
    on: { readonly change: (room: OpenRoom) => void; readonly meet: (room: OpenRoom) => void },
  ) {
    this.#db = db;
    this.#processId = processId;
    this.#rooms = rooms;
    this.#onChange = on.change;
    this.#onMeet = on.meet;
  }

  /**
   * Reads the rosters of these rooms as they are now or later, together with whatever else is asked for until that read begins. What is
   * asked for afterwards is the next read's, so nobody waits for more than two, however much comes and goes elsewhere.
   */
  async refresh(rooms: Iterable<string>): Promise<void> {
    for (const room of rooms) if (this.#rooms.has(room)) this.#stale.add(room);
    if (this.#stale.size === 0) return;
    this.#next ??= this.#readNext(this.#reading);
    await this.#next;
  }

  async #readNext(before: Promise<void> | null): Promise<void> {
    // Whoever waits for that one is told of its failure.
    await before?.catch(() => {});
    this.#reading = this.#next;
    this.#next = null;
    const names = [...this.#stale];
    this.#stale.clear();
    const present = Map.groupBy(await roster(this.#db, names), ({ room }) => room);
    for (const name of names) this.#compare(this.#rooms.get(name), present.get(name) ?? []);
  }

  #compare(room: OpenRoom | undefined, present: readonly Attendee[]): void {
    if (!room) return;
    const hadOthers = room.hasOthers;
    room.hasOthers = present.some(({ processId }) => processId !== this.#processId);
    if (room.hasOthers && !hadOthers) this.#onMeet(room);
    const tabs = new Set(present.map(({ tabId }) => tabId));
    const left = [...room.members.keys()].filter((tabId) => !tabs.has(tabId));
    for (const tabId of left) room.members.delete(tabId);
    const here = present.filter((row) => {
      const known = room.members.get(row.tabId);
      return known?.epoch !== row.epoch || known.away !== row.away;
    });
    if (here.length + left.length > 0) room.membersVersion = ++room.version;
    for (const row of here) room.members.set(row.tabId, { ...row, changed: room.version });
    if (here.length + left.length > 0) this.#onChange(room);
    // Somebody joined while this was being read, and may be missing from it; they asked for another read.
    if (this.#stale.has(room.name)) return;
    for (const tabId of room.shown.keys()) if (!tabs.has(tabId)) room.shown.delete(tabId);
    for (const visit of room.visits.values()) {
      const own = room.members.get(visit.tabId);
      if (own?.epoch !== visit.epoch) visit.end("over", own ? superseded(visit.tabId) : lost(visit.tabId));
    }
  }
}
