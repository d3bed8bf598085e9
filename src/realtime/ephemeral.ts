/**
 * What people show while they are here: the newest value of each slice of each tab, never stored, never in a transaction with data.
 *
 * Everything that changed within a tick, over all rooms of the process, goes out as one NOTIFY of less than 8 kB, so 20 a second
 * at most, however many rooms and people there are. What does not fit goes with a later one, then with its newest value. When the
 * server's notification queue fills up, values wait: durable hints travel the same way and come first.
 *
 * Towards readers a room moves at a pace that falls with its size, and what a reader cannot see is told once a second (visit.ts), so
 * cost grows with what is seen and not with the square of who is there.
 */
import type { Stay } from "./attendance.ts";
import { RealtimeError } from "./errors.ts";
import { type RoomKind, valuesSchema } from "./room.ts";
import { Loop } from "./timing.ts";
import type { AnyValues, OpenRoom } from "./visit.ts";

const TICK_MS = 50;
/** Updates a second that one reader is told at most, of all tabs together. */
const READER_BUDGET = 1_000;
const SLOWEST_MS = 250;
/** With its room's name and its tab's id it must fit into one NOTIFY. */
const MAX_VALUE_BYTES = 7_000;
const MAX_FRAME_BYTES = 7_800;
/** Share of the notification queue (8 GB) from which on values wait; some listener is in serious trouble then. */
const BUSY_QUEUE = 0.05;
const CHECK_QUEUE_MS = 2_000;

/** Between processes: a room whose roster changed, a room just opened of which we ask what is shown there, or what a tab shows now. */
type Item =
  | readonly [room: string]
  | readonly [room: string, "?"]
  | readonly [room: string, tabId: string, epoch: number, slice: string, value: unknown];

/** Who shows something. */
export interface Showing {
  readonly userId: string;
  /** Null: the tab that joined by `via`. */
  readonly tabId: string | null;
  /** The connection that this comes by; null for none that lasts. */
  readonly via: object | null;
  /** Grows with every call of a tab; a smaller one that arrives late is ignored. Null: in the order of the calls. */
  readonly count: number | null;
}

export interface EphemeralOptions {
  readonly roomOf: (room: string) => OpenRoom | undefined;
  /** Sends one frame to the other processes; rejects when it was not sent. */
  readonly send: (frame: string) => Promise<void>;
  /** Share of the notification queue that is in use, 0 to 1. */
  readonly queueUsage: () => Promise<number>;
  /** This room's roster is another one, as another process says, or somebody shows something in it who is not on ours. */
  readonly onRoster: (room: string) => void;
}

export class Ephemeral {
  readonly #options: EphemeralOptions;
  /** What waits for its frame, by what a newer one replaces. */
  readonly #announcements = new Map<string, Item>();
  readonly #values = new Map<string, Item>();
  readonly #changed = new Set<OpenRoom>();
  #timer: NodeJS.Timeout | null = null;
  readonly #sending = new Loop(() => this.#send());
  #checkedAtMs = 0;
  #isBusy = false;
  frames = 0;

  constructor(options: EphemeralOptions) {
    this.#options = options;
  }

  /** Tells the other processes of a room. @param asks we have just opened it: what do its people show? */
  announce(room: string, asks = false): void {
    this.#announcements.set(room, [room]);
    if (asks) this.#announcements.set(`${room} ?`, [room, "?"]);
    this.#run();
  }

  /** We may have missed what others show in our rooms, and their asking what ours do. */
  resync(rooms: Iterable<OpenRoom>): void {
    for (const room of rooms) {
      this.announce(room.name, true);
      this.repeat(room);
    }
  }

  /** What a tab shows from now on. @param toOthers whether another process has people in the room */
  show(room: string, { tabId, epoch }: Pick<Stay, "tabId" | "epoch">, values: AnyValues, toOthers: boolean): void {
    const open = this.#options.roomOf(room);
    for (const [slice, value] of Object.entries(values)) {
      if (open) this.#put(open, tabId, epoch, slice, value);
      if (toOthers) this.#values.set(`${room} ${tabId} ${slice}`, [room, tabId, epoch, slice, value]);
    }
    this.#run();
  }

  /** The room's readers have something to look at. */
  changed(room: OpenRoom): void {
    this.#changed.add(room);
    this.#run();
  }

  /** @throws when the frame is none of ours: anybody who may connect to the database may send one */
  hear(frame: string): void {
    for (const item of JSON.parse(frame) as Item[]) {
      const room = this.#options.roomOf(item[0]);
      if (!room) continue;
      if (item.length === 2) this.repeat(room);
      else if (item.length === 1 || !room.members.has(item[1])) this.#options.onRoster(room.name);
      if (item.length === 5) this.#put(room, item[1], item[2], item[3], item[4]);
    }
    // At once and not at our next tick: it has waited for one already.
    this.#tell();
    this.#run();
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#sending.idle();
    let before: number;
    do {
      before = this.#announcements.size;
      await this.#send();
    } while (this.#announcements.size > 0 && this.#announcements.size < before);
  }

  #put(room: OpenRoom, tabId: string, epoch: number, slice: string, value: unknown): void {
    const { clearAfterMs } = Object.hasOwn(room.kind.slices, slice) ? (room.kind.slices[slice] ?? {}) : {};
    let shown = room.shown.get(tabId);
    if (shown && shown.epoch > epoch) return;
    if (shown?.epoch !== epoch) {
      // The first word of a new stay replaces everything that the old one showed; until then nobody sees it flicker.
      shown = { epoch, values: {}, changed: new Map(shown?.changed), newest: 0 };
      for (const old of shown.changed.keys()) {
        shown.values[old] = null;
        shown.changed.set(old, room.version + 1);
      }
      room.shown.set(tabId, shown);
    }
    const version = ++room.version;
    shown.values[slice] = value;
    shown.changed.set(slice, version);
    shown.newest = version;
    this.#changed.add(room);
    if (clearAfterMs === undefined || value === null) return;
    // Every process clears by itself, so nothing needs to be sent; of this room, another one may have its name by then.
    const clear = () => {
      if (shown.changed.get(slice) === version) this.#put(room, tabId, epoch, slice, null);
      this.#run();
    };
    setTimeout(clear, clearAfterMs).unref();
  }

  /** Another process may not know yet what our people show in this room. */
  repeat(room: OpenRoom): void {
    for (const { tabId } of room.visits.values()) {
      const shown = room.shown.get(tabId);
      for (const slice of shown?.changed.keys() ?? []) {
        this.#values.set(`${room.name} ${tabId} ${slice}`, [room.name, tabId, shown?.epoch ?? 0, slice, shown?.values[slice]]);
      }
    }
    this.#run();
  }

  #run(): void {
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#tell();
    if (this.#announcements.size + this.#values.size > 0) this.#sending.start();
    else if (this.#changed.size === 0 && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }

  #tell(): void {
    const now = performance.now();
    for (const room of this.#changed) {
      if (now < room.nextMs) continue;
      this.#changed.delete(room);
      const paceMs = Math.min(SLOWEST_MS, Math.max(TICK_MS, (room.members.size * 1_000) / READER_BUDGET));
      // Half a tick of tolerance, or a late timer would turn a pace of one tick into one of two.
      room.nextMs = now + paceMs - TICK_MS / 2;
      for (const visit of room.visits.values()) visit.stir();
    }
  }

  /** One frame of what waits, announcements first. Never rejects: what was not sent waits on, unless something newer does. */
  async #send(): Promise<void> {
    const taken: [waiting: Map<string, Item>, key: string, item: Item][] = [];
    try {
      await this.#checkQueue();
      const texts: string[] = [];
      let bytes = 2;
      for (const waiting of this.#isBusy ? [this.#announcements] : [this.#announcements, this.#values]) {
        for (const [key, item] of waiting) {
          const text = JSON.stringify(item);
          bytes += Buffer.byteLength(text) + 1;
          if (bytes > MAX_FRAME_BYTES) break;
          waiting.delete(key);
          taken.push([waiting, key, item]);
          texts.push(text);
        }
      }
      if (texts.length === 0) return;
      await this.#options.send(`[${texts.join(",")}]`);
      this.frames++;
    } catch {
      for (const [waiting, key, item] of taken) if (!waiting.has(key)) waiting.set(key, item);
      // While it was under way nothing waited, and the clock may have stopped.
      this.#run();
    }
  }

  async #checkQueue(): Promise<void> {
    const now = performance.now();
    if (now - this.#checkedAtMs < CHECK_QUEUE_MS) return;
    this.#checkedAtMs = now;
    this.#isBusy = (await this.#options.queueUsage()) > BUSY_QUEUE;
  }
}

const schemas = new WeakMap<RoomKind, ReturnType<typeof valuesSchema>>();

/** @throws RealtimeError INVALID_VALUE, EVENT_TOO_LARGE */
export function parseValues(kind: RoomKind, values: unknown): AnyValues {
  const schema = schemas.get(kind) ?? valuesSchema(kind);
  schemas.set(kind, schema);
  const result = schema.safeParse(values);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new RealtimeError("INVALID_VALUE", `Not shown in room "${kind.name}": ${issue?.path.join(".") || "values"}: ${issue?.message}`);
  }
  for (const [slice, value] of Object.entries(result.data)) {
    const bytes = Buffer.byteLength(JSON.stringify(value) ?? "");
    if (bytes <= MAX_VALUE_BYTES) continue;
    throw new RealtimeError("EVENT_TOO_LARGE", `"${slice}" is ${bytes} bytes, the limit is ${MAX_VALUE_BYTES}: show less of it.`);
  }
  return result.data;
}
