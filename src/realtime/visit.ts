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
  #seen = -1;
  /** Since when those are here of whom the reader was told: one who went and came again meanwhile is somebody new. */
  readonly #told = new Map<string, number>();
  readonly #owed = new Map<string, ReadonlySet<string>>();
  #farAtMs = 0;
  #farTimer: NodeJS.Timeout | null = null;
  #stirred = Promise.withResolvers<void>();
  #begun = false;
  #ended = false;
  #error: unknown = null;

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
    for (;;) {
      await this.#stirred.promise;
      if (this.#error) throw this.#error;
      if (this.#ended) return;
      await whenReady?.();
      this.#stirred = Promise.withResolvers();
      const update = this.#look();
      if (this.#ended) this.stir();
      else if (update) yield update;
    }
  }

  /** It is in the room as the reader will be told of it: from now on there is something to tell. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.stir();
  }

  /** There may be something to tell. */
  stir(): void {
    if (this.#begun || this.#ended) this.#stirred.resolve();
  }

  end(ending: Ending, error: unknown = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (this.#farTimer) clearTimeout(this.#farTimer);
    this.stir();
    this.#onEnd(this, ending);
  }

  #look(): RoomUpdate | null {
    const { members, membersVersion, version } = this.room;
    const since = this.#seen;
    this.#seen = version;
    const here = membersVersion > since ? [...members.values()].filter(({ changed }) => changed > since) : [];
    const left =
      membersVersion > since ? [...this.#told].filter(([tabId, at]) => sinceWhen(members.get(tabId)) !== at).map(([tabId]) => tabId) : [];
    for (const tabId of left) {
      this.#told.delete(tabId);
      this.#owed.delete(tabId);
    }
    const fresh = here.filter(({ tabId }) => !this.#told.has(tabId));
    for (const member of fresh) this.#told.set(member.tabId, sinceWhen(member));
    const values = this.#valuesSince(since, new Set(fresh.map(({ tabId }) => tabId)));
    if (since < 0) return { type: "room", self: this.tabId, members: here.map(toMember), values };
    if (here.length === 0 && left.length === 0 && Object.keys(values).length === 0) return null;
    return { type: "change", here: here.map(toMember), left, values };
  }

  /** @param fresh tabs of which everything is new to this reader */
  #valuesSince(since: number, fresh: ReadonlySet<string>): Record<string, AnyValues> {
    const { kind, shown } = this.room;
    const now = performance.now();
    const isFarDue = now - this.#farAtMs >= FAR_MS;
    if (isFarDue) this.#farAtMs = now;
    const own = shown.get(this.tabId)?.values ?? {};
    const all: Record<string, AnyValues> = {};
    for (const [tabId, { values, changed, newest }] of shown) {
      const owed = this.#owed.get(tabId);
      const isFresh = fresh.has(tabId);
      if (tabId === this.tabId || !this.#told.has(tabId) || (newest <= since && !owed && !isFresh)) continue;
      const hidden = isFarDue ? [] : (kind.outOfSight?.(own, values, tabId) ?? []);
      const told: Record<string, unknown> = {};
      const rest = new Set<string>();
      let isTold = false;
      for (const [slice, at] of changed) {
        if (at <= since && !isFresh && !owed?.has(slice)) continue;
        if (hidden.includes(slice)) rest.add(slice);
        else if (!isFresh || values[slice] !== null) {
          told[slice] = values[slice];
          isTold = true;
        }
      }
      if (rest.size > 0) this.#owed.set(tabId, rest);
      else if (owed) this.#owed.delete(tabId);
      if (isTold) all[tabId] = told;
    }
    if (this.#owed.size > 0) this.#farTimer ??= setTimeout(() => this.#tellFar(), FAR_MS);
    return all;
  }

  #tellFar(): void {
    this.#farTimer = null;
    this.stir();
  }
}

function sinceWhen(member: Attendee | undefined): number {
  return member?.joinedAt.getTime() ?? -1;
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
