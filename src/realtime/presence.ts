/**
 * Who is here: rooms that every process with people in them knows alike.
 *
 *   join -> the tab's row and the user's edge in one transaction -> announced -> each process reads the rosters of its open rooms
 *   connection lost -> away for a short grace, so a reload does not flash -> removed, unless it came back meanwhile
 *   process lost -> its lease lapses -> whoever notices first removes its people and announces it (PRS1)
 *
 * The roster in Postgres is the truth (attendance.ts). Announcements may be lost: a sweep reads all open rooms again. What people
 * show while they are here (cursors and the like) is in ephemeral.ts.
 */
import {
  type Edge,
  enter,
  type Joining,
  leave,
  onlineAmong,
  ownAttendees,
  reap,
  renewLease,
  roster,
  type Stay,
  stepOut,
  stepOutAll,
  takeLease,
  turnOut,
  type Visitor,
} from "./attendance.ts";
import type { Logger } from "./core.ts";
import { Ephemeral, parseValues, type Showing } from "./ephemeral.ts";
import { RealtimeError } from "./errors.ts";
import type { Realtime } from "./realtime.ts";
import type { RoomKind } from "./room.ts";
import { Rosters } from "./rosters.ts";
import { repeat } from "./timing.ts";
import type { AnyDatabase, RealtimeTransaction } from "./transaction.ts";
import { closed, type Ending, lost, type OpenRoom, openRoom, roomName, superseded, Visit } from "./visit.ts";

export const DEFAULT_TIMES = {
  /** How long a process that says nothing is believed to live, in milliseconds. */
  leaseMs: 10_000,
  /** How often a process renews its lease and looks for who is to be removed. */
  renewMs: 2_500,
  /** How long a tab whose connection is gone may take to come back. */
  graceMs: 5_000,
  /** How often open rooms are compared with their rosters. */
  sweepMs: 5_000,
};

export interface PresenceOptions {
  readonly realtime: Realtime;
  readonly db: AnyDatabase;
  readonly logger: Logger;
  /** Called in the transaction in which users came or went, e.g. to enqueue jobs: they exist exactly if the edges do (PRS2). */
  readonly onEdges?: (tx: RealtimeTransaction, edges: readonly Edge[]) => Promise<void>;
  readonly times?: Partial<typeof DEFAULT_TIMES>;
}

export class Presence {
  readonly #options: PresenceOptions;
  readonly #times: typeof DEFAULT_TIMES;
  readonly #processId = crypto.randomUUID();
  readonly #rooms = new Map<string, OpenRoom>();
  readonly #ephemeral: Ephemeral;
  readonly #rosters: Rosters;
  /** Joins under way: their rows may be there already. */
  readonly #entering = new Set<Visitor>();
  readonly #working = new Set<Promise<void>>();
  #beating: Promise<void> | null = null;
  /** Something failed, so rows of ours may say that somebody is here who is not. */
  #isUnsure = false;
  #stops: (() => void)[] = [];
  #closed = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#times = { ...DEFAULT_TIMES, ...options.times };
    this.#ephemeral = new Ephemeral({
      roomOf: (room) => this.#rooms.get(room),
      send: (frame) => options.realtime.broadcast("presence", this.#processId + frame),
      queueUsage: () => options.realtime.queueUsage(),
      onRoster: (room) => this.#refreshLater([room]),
    });
    this.#rosters = new Rosters(options.db, this.#processId, this.#rooms, {
      change: (room) => this.#ephemeral.changed(room),
      meet: (room) => this.#ephemeral.repeat(room),
    });
  }

  async start(): Promise<void> {
    await takeLease(this.#options.db, this.#processId, this.#times.leaseMs);
    this.#stops = [
      this.#options.realtime.onSignal("presence", (frame) => this.#hear(frame)),
      repeat(
        () => this.#quietly(() => this.#beat()),
        () => this.#times.renewMs,
      ),
      repeat(
        () => this.#quietly(() => this.#rosters.refresh(this.#rooms.keys())),
        () => this.#times.sweepMs,
      ),
    ];
  }

  /** Ends every visit with CLOSED. Its people are away: they come back by another process, or are removed after their grace. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    const visits = [...this.#rooms.values()].flatMap((room) => [...room.visits.values()]);
    for (const visit of visits) visit.end("over", closed());
    await Promise.all(this.#working);
    await this.#quietly(async () => {
      for (const room of await stepOutAll(this.#options.db, this.#processId, this.#times.graceMs)) this.#ephemeral.announce(room);
      await this.#ephemeral.close();
    });
  }

  /**
   * Joins a room; the same tab's visit by an older connection ends with SUPERSEDED. Whoever reads the visit's `updates` must `end` it.
   * @throws RealtimeError INVALID_TOPIC for an id that is none, SUPERSEDED when the tab is another user's; and what `admit` throws
   */
  async join(kind: RoomKind, id: string, visitor: Joining): Promise<Visit> {
    const name = roomName(kind, id);
    this.#entering.add(visitor);
    try {
      const epoch = await this.#enter({ ...visitor, room: name });
      const known = this.#rooms.get(name);
      const before = known?.visits.get(visitor.tabId);
      // Two joins of a tab at once may come here in the other order.
      if (before && before.epoch > epoch) throw superseded(visitor.tabId);
      if (this.#closed) throw closed();
      const room = known ?? openRoom(name, kind);
      this.#rooms.set(name, room);
      const visit = new Visit(room, { ...visitor, via: visitor.via ?? null, epoch }, (ended, how) => this.#ended(ended, how));
      room.visits.set(visit.tabId, visit);
      before?.end("over", superseded(visitor.tabId));
      this.#ephemeral.announce(name, !known);
      await this.#rosters.refresh([name]).catch((error) => {
        visit.end("left");
        throw error;
      });
      return visit;
    } catch (error) {
      this.#isUnsure = true;
      throw error;
    } finally {
      this.#entering.delete(visitor);
    }
  }

  /**
   * Shows new values of a tab's slices; null takes one back. Without a connection the tab must be named, and may be by another process.
   * @throws RealtimeError INVALID_VALUE for unknown slices, wrong values and tabs that are not in the room, EVENT_TOO_LARGE
   */
  async set(kind: RoomKind, id: string, who: Showing, values: unknown): Promise<void> {
    const parsed = parseValues(kind, values);
    const name = roomName(kind, id);
    const room = this.#rooms.get(name);
    const visits = who.tabId ? [room?.visits.get(who.tabId)] : [...(room?.visits.values() ?? [])];
    // Over a connection nobody speaks but for the tab that joined by it: what a superseded one still says is not the newer one's.
    const visit = visits.find((each) => each && (who.via ? each.via === who.via : who.tabId));
    // A call without a connection may come by another process than its tab.
    const elsewhere = visit || who.via ? undefined : (await roster(this.#options.db, [name])).find(({ tabId }) => tabId === who.tabId);
    const stay = visit ?? elsewhere;
    if (stay?.userId !== who.userId) throw new RealtimeError("INVALID_VALUE", `This tab is not in room ${name}; join it first.`);
    if (visit && who.count !== null) {
      if (who.count <= visit.count) return;
      visit.count = who.count;
    }
    this.#ephemeral.show(name, stay, parsed, !visit || visit.room.hasOthers);
  }

  /**
   * Takes these users out of a room (null: out of all), whichever process they came by, also those who are away or whose process is
   * gone. Call it in the transaction that takes their access away, after all its other locks; everybody is told after its commit.
   * @param room its `roomName`
   */
  async turnOut(tx: RealtimeTransaction, userIds: readonly string[], room: string | null): Promise<void> {
    const rooms = await turnOut(tx, userIds, room, this.#times.graceMs);
    tx.afterCommit(() => this.#tell(rooms));
  }

  /** Which of these users are online, on any device. */
  async online(userIds: readonly string[]): Promise<string[]> {
    return onlineAmong(this.#options.db, userIds);
  }

  metrics(): Record<string, number> {
    const visits = [...this.#rooms.values()].reduce((sum, room) => sum + room.visits.size, 0);
    return { rooms: this.#rooms.size, visits, presence_frames: this.#ephemeral.frames };
  }

  async #enter(who: Joining & { readonly room: string }): Promise<number> {
    const epoch = await this.#enterOnce(who);
    if (epoch !== null) return epoch;
    await this.#beat();
    return (await this.#enterOnce(who)) ?? Promise.reject(lost(who.tabId));
  }

  /** @returns null when our lease has been removed */
  async #enterOnce(who: Joining & { readonly room: string }): Promise<number | null> {
    const entered = await this.#transaction(async (tx) => {
      const attended = await enter(tx, who, this.#processId);
      if (attended?.epoch === null) throw superseded(who.tabId);
      if (attended) await who.admit?.(tx);
      return { edges: [], epoch: null, ...attended };
    });
    return entered.epoch;
  }

  #ended(visit: Visit, how: Ending): void {
    const { name, visits } = visit.room;
    if (visits.get(visit.tabId) === visit) visits.delete(visit.tabId);
    if (visits.size === 0) this.#rooms.delete(name);
    const stay = { room: name, tabId: visit.tabId, epoch: visit.epoch };
    if (how !== "over") void this.#quietly(() => this.#end(how === "left" ? leave : stepOut, stay));
  }

  async #end(how: typeof leave | typeof stepOut, stay: Stay): Promise<void> {
    if (await how(this.#options.db, stay, this.#times.graceMs)) this.#tell([stay.room]);
  }

  async #reap(): Promise<boolean> {
    const { rooms, more } = await this.#transaction(reap);
    this.#tell(rooms);
    return more;
  }

  #beat(): Promise<void> {
    this.#beating ??= this.#doBeat().finally(() => {
      this.#beating = null;
    });
    return this.#beating;
  }

  async #doBeat(): Promise<void> {
    const { kept, due } = await renewLease(this.#options.db, this.#processId, this.#times.leaseMs);
    // Others have taken us for dead and removed our people, whose visits end as soon as their rosters are read: they join again.
    if (!kept) await takeLease(this.#options.db, this.#processId, this.#times.leaseMs);
    if (due) while (await this.#reap());
    if (this.#isUnsure) await this.#makeSure();
  }

  /** Takes back rows of ours that nobody here stands behind: a commit whose answer was lost, a leave that failed. */
  async #makeSure(): Promise<void> {
    this.#isUnsure = false;
    const entering = new Set([...this.#entering].map(({ tabId }) => tabId));
    for (const stay of await ownAttendees(this.#options.db, this.#processId)) {
      const visit = this.#rooms.get(stay.room)?.visits.get(stay.tabId);
      if (visit?.epoch !== stay.epoch && !entering.has(stay.tabId)) await this.#end(stepOut, stay);
    }
  }

  async #transaction<R extends { readonly edges: readonly Edge[] }>(work: (tx: RealtimeTransaction) => Promise<R>): Promise<R> {
    return this.#options.realtime.transaction(this.#options.db, async (tx) => {
      const result = await work(tx);
      if (result.edges.length > 0) await this.#options.onEdges?.(tx, result.edges);
      return result;
    });
  }

  #tell(rooms: readonly string[]): void {
    for (const room of rooms) this.#ephemeral.announce(room);
    this.#refreshLater(rooms);
  }

  #hear(frame: string | null): void {
    if (frame === null) {
      this.#ephemeral.resync(this.#rooms.values());
      this.#refreshLater(this.#rooms.keys());
    } else if (!frame.startsWith(this.#processId)) this.#ephemeral.hear(frame.slice(this.#processId.length));
  }

  #refreshLater(rooms: Iterable<string>): void {
    void this.#quietly(() => this.#rosters.refresh(rooms));
  }

  /** Never rejects; `close` waits for it. */
  async #quietly(work: () => Promise<unknown>): Promise<void> {
    const done = work().then(
      () => {},
      (error) => {
        this.#isUnsure = true;
        this.#options.logger.warn("Presence could not be brought up to date; the next round tries again.", { error });
      },
    );
    this.#working.add(done);
    await done;
    this.#working.delete(done);
  }
}
