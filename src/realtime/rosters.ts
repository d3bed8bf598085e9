/**
 * Keeps the open rooms of a process as the roster in Postgres says: one read for all that were marked until it begins, so nobody waits
 * for more than two, however much comes and goes elsewhere. Call `read` again only when it is done, so what a later one says is
 * never older.
 */
import type { Attendance, Attendee } from "./attendance.ts";
import type { Ephemeral } from "./ephemeral.ts";
import { withDeadline } from "./timing.ts";
import { lost, type OpenRoom, superseded } from "./visit.ts";

/** On a connection that has died unnoticed a reading would hang for half a minute, and everybody here with it. */
const ANSWER_MS = 10_000;

export class Rosters {
  readonly #attendance: Attendance;
  readonly #rooms: ReadonlyMap<string, OpenRoom>;
  readonly #ephemeral: Ephemeral;
  readonly #stale = new Set<string>();

  constructor(attendance: Attendance, rooms: ReadonlyMap<string, OpenRoom>, ephemeral: Ephemeral) {
    this.#attendance = attendance;
    this.#rooms = rooms;
    this.#ephemeral = ephemeral;
  }

  /** The rosters of these rooms are to be read, as they are now or later. */
  mark(rooms: Iterable<string>): void {
    for (const room of rooms) if (this.#rooms.has(room)) this.#stale.add(room);
  }

  async read(): Promise<void> {
    const names = [...this.#stale];
    this.#stale.clear();
    if (names.length === 0) return;
    const present = Map.groupBy(await withDeadline(this.#attendance.roster(names), ANSWER_MS), ({ room }) => room);
    for (const name of names) this.#compare(this.#rooms.get(name), present.get(name) ?? []);
  }

  #compare(room: OpenRoom | undefined, present: readonly Attendee[]): void {
    if (!room) return;
    const hadOthers = room.hasOthers;
    room.hasOthers = present.some(({ processId }) => processId !== this.#attendance.processId);
    // They may not know yet what ours show.
    if (room.hasOthers && !hadOthers) this.#ephemeral.repeat(room);
    const tabs = new Set(present.map(({ tabId }) => tabId));
    const left = [...room.members.keys()].filter((tabId) => !tabs.has(tabId));
    for (const tabId of left) room.members.delete(tabId);
    const here = present.filter((row) => {
      const known = room.members.get(row.tabId);
      return known?.epoch !== row.epoch || known.away !== row.away;
    });
    if (here.length + left.length > 0) room.membersVersion = ++room.version;
    for (const row of here) {
      const known = room.members.get(row.tabId);
      // Whoever went and came again meanwhile shows nothing of what they showed then.
      const isBack = known !== undefined && known.joinedAt.getTime() !== row.joinedAt.getTime();
      if (isBack && (room.shown.get(row.tabId)?.epoch ?? row.epoch) < row.epoch) room.shown.delete(row.tabId);
      room.members.set(row.tabId, { ...row, changed: room.version });
    }
    if (here.length + left.length > 0) this.#ephemeral.changed(room);
    for (const visit of room.visits.values()) if (room.members.get(visit.tabId)?.epoch === visit.epoch) visit.begin();
    // Somebody joined while this was being read, and may be missing from it; they asked for another read.
    if (this.#stale.has(room.name)) return;
    for (const tabId of room.shown.keys()) if (!tabs.has(tabId)) room.shown.delete(tabId);
    for (const visit of room.visits.values()) {
      const own = room.members.get(visit.tabId);
      if (own?.epoch !== visit.epoch) visit.end("over", own ? superseded(visit.tabId) : lost(visit.tabId));
    }
  }
}
