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
import { Attendance, type Edge, type Joining, type Stay } from "./attendance.ts";
import type { Logger } from "./core.ts";
import { Ephemeral, parseValues, type Showing } from "./ephemeral.ts";
import { RealtimeError } from "./errors.ts";
import type { Realtime } from "./realtime.ts";
import type { RoomKind } from "./room.ts";
import { Rosters } from "./rosters.ts";
import { Loop, repeat } from "./timing.ts";
import type { AnyDatabase, RealtimeTransaction } from "./transaction.ts";
import { closed, type Ending, type OpenRoom, openRoom, roomName, superseded, Visit } from "./visit.ts";

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
  readonly #attendance: Attendance;
  readonly #rooms = new Map<string, OpenRoom>();
  readonly #ephemeral: Ephemeral;
  readonly #rosters: Rosters;
  /** Stays that are over and whose rows are still to be told so. */
  readonly #over = new Map<Stay, "leave" | "stepOut">();
  /** Rows are being told. */
  readonly #settling = new Set<Promise<void>>();
  /** Stays that may have begun although their joins failed: the answer to the commit may have been lost. */
  readonly #doubtful = new Set<Stay & Pick<Joining, "userId">>();
  readonly #reaping = this.#loop(async () => {
    while (await this.#reap());
  });
  readonly #reading = this.#loop(() => this.#rosters.read());
  #stops: (() => void)[] = [];
  #closed = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#times = { ...DEFAULT_TIMES, ...options.times };
    this.#attendance = new Attendance(options.db, this.#times);
    this.#ephemeral = new Ephemeral({
      roomOf: (room) => this.#rooms.get(room),
      send: (frame) => options.realtime.broadcast("presence", this.#attendance.processId + frame),
      queueUsage: () => options.realtime.queueUsage(),
      onRoster: (room) => this.#refresh([room]),
    });
    this.#rosters = new Rosters(this.#attendance, this.#rooms, this.#ephemeral);
  }

  async start(): Promise<void> {
    // Not waited for: one that hangs on a connection which died unnoticed keeps no other, on another one, from renewing the lease.
    const beat = async () => void this.#logged(() => this.#beat());
    const sweep = async () => this.#refresh(this.#rooms.keys());
    await this.#attendance.renew();
    this.#stops = [
      this.#options.realtime.onSignal("presence", (frame) => this.#hear(frame)),
      repeat(beat, () => this.#times.renewMs),
      repeat(sweep, () => this.#times.sweepMs),
    ];
  }

  /** Ends every visit with CLOSED. Its people are away: they come back by another process, or are removed after their grace. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    const visits = [...this.#rooms.values()].flatMap((room) => [...room.visits.values()]);
    for (const visit of visits) visit.end("away", closed());
    await Promise.all([...this.#settling, this.#reaping.idle(), this.#reading.idle()]);
    await this.#ephemeral.close();
  }

  /**
   * Joins a room; the same tab's visit by an older connection ends with SUPERSEDED. Whoever reads the visit's `updates` must `end` it.
   * @throws RealtimeError INVALID_TOPIC for an id that is none, SUPERSEDED when the tab is another user's; and what `admit` throws
   */
  async join(kind: RoomKind, id: string, tab: Joining): Promise<Visit> {
    const name = roomName(kind, id);
    const { epoch } = await this.#enter({ ...tab, room: name });
    const known = this.#rooms.get(name);
    const before = known?.visits.get(tab.tabId);
    // Two joins of a tab at once may come here in the other order.
    if (before && before.epoch > epoch) throw superseded(tab.tabId);
    const room = known ?? openRoom(name, kind);
    this.#rooms.set(name, room);
    const visit = new Visit(room, { ...tab, via: tab.via ?? null, epoch }, (ended, how) => this.#ended(ended, how));
    room.visits.set(visit.tabId, visit);
    before?.end("over", superseded(tab.tabId));
    if (this.#closed) visit.end("away", closed());
    this.#ephemeral.announce(name, !known);
    this.#refresh([name]);
    return visit;
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
    const elsewhere = visit || who.via ? undefined : (await this.#attendance.roster([name])).find(({ tabId }) => tabId === who.tabId);
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
    const rooms = await this.#attendance.turnOut(tx, userIds, room);
    tx.afterCommit(() => this.#tell(rooms));
  }

  /** Which of these users are online, on any device. */
  async online(userIds: readonly string[]): Promise<string[]> {
    return this.#attendance.online(userIds);
  }

  metrics(): Record<string, number> {
    const visits = [...this.#rooms.values()].reduce((sum, room) => sum + room.visits.size, 0);
    return { rooms: this.#rooms.size, visits, presence_frames: this.#ephemeral.frames };
  }

  async #enter(who: Joining & Pick<Stay, "room">): Promise<Stay> {
    const admitted: Stay[] = [];
    try {
      const { stay } = await this.#transaction(async (tx) => {
        const { stay, edges } = await this.#attendance.enter(tx, who);
        if (!stay) throw superseded(who.tabId);
        await who.admit?.(tx);
        admitted.push(stay);
        return { stay, edges };
      });
      return stay;
    } catch (error) {
      for (const stay of admitted) this.#doubtful.add({ ...stay, userId: who.userId });
      throw error;
    }
  }

  #ended(visit: Visit, how: Ending): void {
    const { name, visits } = visit.room;
    if (visits.get(visit.tabId) === visit) visits.delete(visit.tabId);
    if (visits.size === 0) this.#rooms.delete(name);
    if (how !== "over") this.#end({ room: name, tabId: visit.tabId, epoch: visit.epoch }, how === "left" ? "leave" : "stepOut");
  }

  #end(stay: Stay, how: "leave" | "stepOut"): void {
    this.#over.set(stay, how);
    this.#startSettling();
  }

  #startSettling(): void {
    const settling = this.#logged(() => this.#settle()).finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  /**
   * Tells the rows of all that ended in this turn. No later one waits for them, since an answer may take long or never come; and nobody's is
   * asked for twice at a time, or statements would pile up while the database is away.
   */
  async #settle(): Promise<void> {
    await Promise.resolve();
    const ended = [...this.#over];
    this.#over.clear();
    const settle = async ([stay, how]: [Stay, "leave" | "stepOut"]) => {
      try {
        if (await this.#attendance[how](stay)) this.#tell([stay.room]);
      } catch (error) {
        this.#over.set(stay, how);
        throw error;
      }
    };
    const settled = await Promise.allSettled(ended.map(settle));
    for (const each of settled) if (each.status === "rejected") throw each.reason;
  }

  async #retract(stay: Stay & Pick<Joining, "userId">): Promise<void> {
    if (await this.#attendance.retract(stay)) this.#tell([stay.room]);
    this.#doubtful.delete(stay);
  }

  async #beat(): Promise<void> {
    const isDue = await this.#attendance.renew();
    if (this.#closed) return;
    for (const stay of this.#doubtful) void this.#logged(() => this.#retract(stay));
    if (this.#over.size > 0) this.#startSettling();
    // Not here: a round may bring a hundred jobs, and there may be a hundred rounds, while our own lease must go on.
    if (isDue) this.#reaping.start();
  }

  async #reap(): Promise<boolean> {
    const { rooms, more } = await this.#transaction((tx) => this.#attendance.reap(tx));
    this.#tell(rooms);
    return more;
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
    this.#refresh(rooms);
  }

  #hear(frame: string | null): void {
    if (frame === null) {
      this.#ephemeral.resync(this.#rooms.values());
      this.#refresh(this.#rooms.keys());
    } else if (!frame.startsWith(this.#attendance.processId)) this.#ephemeral.hear(frame.slice(this.#attendance.processId.length));
  }

  #refresh(rooms: Iterable<string>): void {
    this.#rosters.mark(rooms);
    this.#reading.start();
  }

  #loop(work: () => Promise<void>): Loop {
    return new Loop(() => this.#logged(work));
  }

  async #logged(work: () => Promise<void>): Promise<void> {
    const log = (error: unknown) =>
      this.#options.logger.warn("Presence could not be brought up to date; the next round tries again.", { error });
    await work().catch(log);
  }
}
