/**
 * An open room as one process knows it, and what each of its readers there has been told.
 *
 * Nothing is queued for anybody: every change gets the room's next number, and a reader is told whatever has a higher number than
 * it has seen. So a slow reader finds the newest state and costs no more than a fast one.
 */
import type { Attendee } from "./attendance.ts";
import { RealtimeError } from "./errors.ts";
import type { Member, RoomKind, RoomUpdate, ValuesOf } from "./room.ts";

export type AnyValues = ValuesOf<RoomKind>;

/** What one tab shows. */
export interface Shown {
  readonly epoch: number;
  /** Validated where they were set. */
  readonly values: Record<string, unknown>;
  /** The number of each slice's last change. */
  readonly changed: Map<string, number>;
  newest: number;
}

export interface OpenRoom {
  readonly name: string;
  readonly kind: RoomKind;
  readonly members: Map<string, Attendee & { readonly changed: number }>;
  readonly shown: Map<string, Shown>;
  readonly visits: Map<string, Visit>;
  /** Whether another process has people in it, as far as is known. */
  hasOthers: boolean;
  /** The number of the last change, and of the last one to `members`. */
  version: number;
  membersVersion: number;
  /** When its readers may be told again, on `performance.now`'s clock. */
  nextMs: number;
}

/** How often what is out of sight is told nevertheless. */
const FAR_MS = 1_000;

/** How a visit ended: the person left, the connection was lost, or it was superseded or the server is closing. */
export type Ending = "left" | "away" | "over";

/** What a reader was told of a tab. */
interface Told {
  /** One who went and came again meanwhile is somebody new. */
  readonly joinedMs: number;
  /** The room's number up to which the reader was told what the tab shows; -1: of nothing yet. */
  upTo: number;
  /** Slices that it was not told, because they are out of its sight. */
  readonly owed: Set<string>;
}

export class Visit {
  readonly room: OpenRoom;
  readonly tabId: string;
  readonly userId: string;
  /** What it came by, to find the tab of somebody who does not name it. */
  readonly via: object | null;
  readonly epoch: number;
  /** The last number that this tab gave to what it shows. */
  count = -1;
  readonly #onEnd: (visit: Visit, ending: Ending) => void;
  readonly #told = new Map<string, Told>();
  #membersSeen = -1;
  #farAtMs = 0;
  #farTimer: NodeJS.Timeout | null = null;
  readonly #begun = Promise.withResolvers<void>();
  #stirred = Promise.withResolvers<void>();
  #over: { readonly error: unknown } | null = null;

  constructor(
    room: OpenRoom,
    { tabId, userId, via, epoch }: Pick<Visit, "tabId" | "userId" | "via" | "epoch">,
    onEnd: (visit: Visit, ending: Ending) => void,
  ) {
    this.room = room;
    this.tabId = tabId;
    this.userId = userId;
    this.via = via;
    this.epoch = epoch;
    this.#onEnd = onEnd;
  }

  /** The room first, then what changed since the last look. `whenReady` is waited for before each look: a slow reader skips. */
  async *updates(whenReady?: () => Promise<void>): AsyncGenerator<RoomUpdate, void> {
    await this.#begun.promise;
    while (!this.#over) {
      await whenReady?.();
      this.#stirred = Promise.withResolvers();
      const update = this.#look();
      if (update && !this.#over) yield update;
      if (!this.#over) await this.#stirred.promise;
    }
    if (this.#over.error) throw this.#over.error;
  }

  /** The room is known as its reader will be told of it, itself included. */
  begin(): void {
    this.#begun.resolve();
  }

  /** There may be something to tell. */
  stir(): void {
    this.#stirred.resolve();
  }

  end(ending: Ending, error: unknown = null): void {
    if (this.#over) return;
    this.#over = { error };
    if (this.#farTimer) clearTimeout(this.#farTimer);
    this.begin();
    this.stir();
    this.#onEnd(this, ending);
  }

  #look(): RoomUpdate | null {
    const { members, membersVersion } = this.room;
    const since = this.#membersSeen;
    this.#membersSeen = membersVersion;
    const left: string[] = [];
    if (membersVersion > since) {
      for (const [tabId, { joinedMs }] of this.#told) if (members.get(tabId)?.joinedAt.getTime() !== joinedMs) left.push(tabId);
    }
    for (const tabId of left) this.#told.delete(tabId);
    const here = membersVersion > since ? [...members.values()].filter(({ changed }) => changed > since) : [];
    for (const { tabId, joinedAt } of here) {
      if (!this.#told.has(tabId)) this.#told.set(tabId, { joinedMs: joinedAt.getTime(), upTo: -1, owed: new Set() });
    }
    const values = this.#newValues();
    if (since < 0) return { type: "room", self: this.tabId, members: here.map(toMember), values };
    if (here.length === 0 && left.length === 0 && Object.keys(values).length === 0) return null;
    return { type: "change", here: here.map(toMember), left, values };
  }

  #newValues(): Record<string, AnyValues> {
    const { kind, shown, version } = this.room;
    const now = performance.now();
    const isFarDue = now - this.#farAtMs >= FAR_MS;
    if (isFarDue) this.#farAtMs = now;
    const own = shown.get(this.tabId)?.values ?? {};
    const all: Record<string, AnyValues> = {};
    for (const [tabId, { values, changed, newest }] of shown) {
      const told = this.#told.get(tabId);
      if (tabId === this.tabId || !told || (newest <= told.upTo && told.owed.size === 0)) continue;
      const hidden = isFarDue ? [] : (kind.outOfSight?.(own, values, tabId) ?? []);
      const news: Record<string, unknown> = {};
      for (const [slice, at] of changed) {
        if (at <= told.upTo && !told.owed.has(slice)) continue;
        if (hidden.includes(slice)) told.owed.add(slice);
        else {
          told.owed.delete(slice);
          if (told.upTo >= 0 || values[slice] !== null) news[slice] = values[slice];
        }
      }
      told.upTo = version;
      if (Object.keys(news).length > 0) all[tabId] = news;
      if (told.owed.size > 0) this.#farTimer ??= setTimeout(() => this.#tellFar(), FAR_MS);
    }
    return all;
  }

  #tellFar(): void {
    this.#farTimer = null;
    this.stir();
  }
}

function toMember({ tabId, userId, name, color, device, joinedAt, away }: Attendee): Member {
  return { tabId, userId, name, color, device, joinedAt, away };
}

export function openRoom(name: string, kind: RoomKind): OpenRoom {
  const nobody = { members: new Map(), shown: new Map(), visits: new Map(), hasOthers: true };
  return { name, kind, ...nobody, version: 0, membersVersion: 0, nextMs: 0 };
}

/** As of streams: what two processes tell each other of a room must fit into one NOTIFY. */
const ROOM_ID = /^[\x21-\x7e]{1,128}$/;

/** As in the column `room` of `presenceSession`. @throws RealtimeError INVALID_TOPIC */
export function roomName(kind: RoomKind, id: string): string {
  if (ROOM_ID.test(id) && kind.id.safeParse(id).success) return `${kind.name}:${id}`;
  throw new RealtimeError("INVALID_TOPIC", `"${id.slice(0, 60)}" is not the id of a room "${kind.name}".`);
}

export function superseded(tabId: string): RealtimeError {
  return new RealtimeError("SUPERSEDED", `Tab ${tabId} has joined by another connection, or is somebody else's; join with a new id.`);
}

/** We were silent for so long (paused, say) that others have taken us for dead. */
export function lost(tabId: string): RealtimeError {
  return new RealtimeError("CLOSED", `Tab ${tabId} was taken for gone, because its server was silent; join again.`);
}

export function closed(): RealtimeError {
  return new RealtimeError("CLOSED", "The server is stopping; join again.");
}
