/**
 * One tab's room, outside React: what it was told, folded into maps, and what it shows, on its way out.
 *
 *   joining --`room`--> here --connection lost--> joining --`room`--> here
 *                         --refused for good--> refused --`resume`--> joining
 *                         --superseded: a copy of this tab has our id--> joining, as another tab
 *                         --anything else (the server stops, its database is away)--> joining, later and later
 *
 * What others show is told to listeners of its slice and to nobody else. What this tab shows waits here: newest wins, each slice at its
 * own pace, a few calls under way at most, nothing while nobody is there to see it. After every join all of it is shown again,
 * because the server forgets what an older stay showed.
 */
import { type CallError, errorCode, isMissing, isSignedOut } from "#client/error-code.ts";
import type { Slices } from "#realtime/room.ts";
import { type RoomMember, type Shown, type ShownSlice, type WorkflowRoomUpdate, workflowRoom } from "../events.ts";
import { withDistinctColors } from "./distinct-colors.ts";
import type { RoomSource } from "./room-source.ts";

export interface RoomState {
  /** While joining, what was known before stays. Refused: `error` says why, and nobody is shown. */
  readonly status: "joining" | "here" | "refused";
  readonly error: CallError | null;
}

type SliceValues<Name extends ShownSlice> = ReadonlyMap<string, NonNullable<Shown[Name]>>;

/** How often a slice goes out at most, in milliseconds. */
const PACE_MS: Record<ShownSlice, number> = {
  cursor: 50,
  drag: 50,
  selection: 100,
  editing: 100,
  typing: 1_000,
  viewport: 1_000,
  status: 100,
  following: 100,
};
/** How often anything does: one call carries all that is due. */
const CALL_PACE_MS = 50;
/** Of the viewport, while somebody follows it. */
const FOLLOWED_PACE_MS = 100;
/** On a slow line what is newer replaces what has not left; it does not queue behind it. */
const MAX_UNDER_WAY = 4;
const REJOIN_MS = 1_000;
const REJOIN_MAX_MS = 15_000;

const slices: Slices = workflowRoom.slices;
const JOINING: RoomState = { status: "joining", error: null };
const HERE: RoomState = { status: "here", error: null };

export class RoomStore {
  readonly #source: RoomSource;
  #subscription: { unsubscribe(): void } | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #state = JOINING;
  #self: string | null = null;
  /** As the server tells of them. */
  #told: ReadonlyMap<string, RoomMember> = new Map();
  #members: ReadonlyMap<string, RoomMember> = new Map();
  #ordered: readonly RoomMember[] = [];
  readonly #values = new Map<string, Shown>();
  readonly #sliceMaps = new Map<ShownSlice, ReadonlyMap<string, unknown>>();
  readonly #listeners = new Map<string, Set<(tabId: string) => void>>();
  #own: Shown = {};
  readonly #setAtMs = new Map<ShownSlice, number>();
  readonly #pending = new Set<ShownSlice>();
  readonly #sentAtMs = new Map<ShownSlice, number>();
  #calledAtMs = Number.NEGATIVE_INFINITY;
  #underWay = new Set<Promise<void>>();
  #count = 0;
  /** Joins in a row that came to nothing. */
  #failures = 0;

  constructor(source: RoomSource) {
    this.#source = source;
  }

  /** The own tab's id; null until joined. */
  get self(): string | null {
    return this.#self;
  }

  /** By tab; replaced when somebody comes, goes or is away. */
  get members(): ReadonlyMap<string, RoomMember> {
    return this.#members;
  }

  /** What a tab shows now; of the own tab, what `set` was given. */
  values(tabId: string): Shown {
    return (tabId === this.#self ? this.#own : this.#values.get(tabId)) ?? {};
  }

  /** Whether anybody follows this tab. */
  get isFollowed(): boolean {
    return [...this.#values.values()].some(({ following }) => following === this.#self);
  }

  /** Joins; returns how to leave. */
  start(): () => void {
    this.#join();
    return () => {
      this.#leave();
      this.#become(JOINING);
    };
  }

  /** Tries again after a refusal that may be over: signed in again. */
  readonly resume = (): void => {
    if (this.#state.status === "refused") this.#join();
  };

  /** Shows these slices, null to take one back. Call it as often as you like. */
  set(values: Shown): void {
    this.#own = { ...this.#own, ...values };
    // `values` has only slices as keys.
    for (const slice of Object.keys(values) as ShownSlice[]) {
      this.#pending.add(slice);
      this.#setAtMs.set(slice, performance.now());
    }
    this.#flush();
  }

  /** Tells of changes in one slice of somebody else, by tab; also when it is gone. Returns how to stop. */
  readonly listen = (slice: ShownSlice, listener: (tabId: string) => void): (() => void) => this.#on(slice, listener);
  readonly listenMembers = (listener: () => void): (() => void) => this.#on("members", listener);
  /** By when they came. */
  readonly getMembers = (): readonly RoomMember[] => this.#ordered;
  readonly listenState = (listener: () => void): (() => void) => this.#on("state", listener);
  readonly getState = (): RoomState => this.#state;

  /** One slice of everybody else, for `useSyncExternalStore`. */
  slice<Name extends ShownSlice>(slice: Name): { listen: (listener: () => void) => () => void; get: () => SliceValues<Name> } {
    return {
      listen: (listener) => this.listen(slice, listener),
      get: () => {
        const known = this.#sliceMaps.get(slice);
        const shown = [...this.#values].flatMap(([tabId, values]) => (values[slice] == null ? [] : [[tabId, values[slice]] as const]));
        const map = known ?? new Map(shown);
        this.#sliceMaps.set(slice, map);
        return map as SliceValues<Name>; // only this function fills it
      },
    };
  }

  #join(): void {
    this.#leave();
    this.#become(JOINING);
    const subscription = this.#source.subscribe(this.#source.tab.id(), {
      onData: (update) => this.#take(update),
      onError: (error) => this.#fail(error),
      onComplete: () => this.#rejoin(),
      onConnectionStateChange: ({ state }) => {
        // `pending`: connected, which is not yet joined.
        if (state === "connecting" && this.#state.status === "here") this.#become(JOINING);
      },
    });
    this.#subscription = subscription;
  }

  #leave(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = null;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #fail(error: CallError): void {
    if (errorCode(error) === "CONFLICT") this.#source.tab.renew();
    // What is no refusal may be over in a moment, and nobody who looks at a drawing would know why the others are gone.
    if (!isMissing(error) && !isSignedOut(error)) {
      this.#rejoin();
      return;
    }
    this.#leave();
    this.#replace([], {});
    this.#become({ status: "refused", error });
  }

  #rejoin(): void {
    this.#leave();
    this.#become(JOINING);
    // Not at once: two copies of a tab could else chase each other, and everybody come at once.
    const waitMs = Math.min(REJOIN_MAX_MS, REJOIN_MS * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.#join(), waitMs * (0.5 + Math.random()));
  }

  #take(update: WorkflowRoomUpdate): void {
    if (update.type === "room") {
      this.#self = update.self;
      this.#failures = 0;
      this.#replace(update.members, update.values);
      this.#become(HERE);
      for (const slice of Object.keys(this.#own) as ShownSlice[]) this.#pending.add(slice);
      this.#sentAtMs.clear();
      this.#calledAtMs = Number.NEGATIVE_INFINITY;
      this.#underWay = new Set();
    } else {
      if (update.left.length > 0 || update.here.length > 0) {
        const members = new Map(this.#told);
        // Somebody who left and came again meanwhile is in both.
        for (const tabId of update.left) {
          members.delete(tabId);
          this.#forget(tabId);
        }
        for (const member of update.here) members.set(member.tabId, member);
        this.#setMembers(members);
      }
      for (const [tabId, values] of Object.entries(update.values)) this.#merge(tabId, values);
    }
    this.#flush();
  }

  #replace(members: readonly RoomMember[], values: Readonly<Record<string, Shown>>): void {
    for (const tabId of [...this.#values.keys()]) this.#forget(tabId);
    this.#setMembers(new Map(members.map((member) => [member.tabId, member])));
    for (const [tabId, shown] of Object.entries(values)) this.#merge(tabId, shown);
  }

  #setMembers(members: ReadonlyMap<string, RoomMember>): void {
    this.#told = members;
    const byComing = [...members.values()].sort((a, b) => a.joinedAt.getTime() - b.joinedAt.getTime() || (a.tabId < b.tabId ? -1 : 1));
    this.#ordered = withDistinctColors(byComing);
    this.#members = new Map(this.#ordered.map((member) => [member.tabId, member]));
    this.#tell("members", "");
  }

  #merge(tabId: string, values: Shown): void {
    this.#values.set(tabId, { ...this.#values.get(tabId), ...values });
    for (const slice of Object.keys(values) as ShownSlice[]) this.#changed(slice, tabId);
  }

  #forget(tabId: string): void {
    const shown = this.#values.get(tabId);
    this.#values.delete(tabId);
    for (const slice of Object.keys(shown ?? {}) as ShownSlice[]) this.#changed(slice, tabId);
  }

  #changed(slice: ShownSlice, tabId: string): void {
    this.#sliceMaps.delete(slice);
    this.#tell(slice, tabId);
  }

  #become(state: RoomState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#tell("state", "");
  }

  #on(what: string, listener: (tabId: string) => void): () => void {
    const listeners = this.#listeners.get(what) ?? new Set();
    // A function of its own, so that one listener may listen twice.
    const own = (tabId: string) => listener(tabId);
    this.#listeners.set(what, listeners.add(own));
    return () => listeners.delete(own);
  }

  #tell(what: string, tabId: string): void {
    for (const listener of this.#listeners.get(what) ?? []) listener(tabId);
  }

  get #isAlone(): boolean {
    return this.#ordered.every(({ tabId, away }) => away || tabId === this.#self);
  }

  #flush(): void {
    const tabId = this.#self;
    if (tabId === null || this.#state !== HERE || this.#isAlone || this.#underWay.size >= MAX_UNDER_WAY) return;
    const now = performance.now();
    const restedMs = this.#calledAtMs + CALL_PACE_MS;
    const due: [ShownSlice, unknown][] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const slice of this.#pending) {
      const paceMs = slice === "viewport" && this.isFollowed ? FOLLOWED_PACE_MS : PACE_MS[slice];
      const waitMs = Math.max((this.#sentAtMs.get(slice) ?? Number.NEGATIVE_INFINITY) + paceMs, restedMs) - now;
      if (waitMs > 0) nextMs = Math.min(nextMs, waitMs);
      else {
        // What goes by itself is nobody's news after that, when others come, say, or after a reconnect.
        const isOver = now - (this.#setAtMs.get(slice) ?? now) > (slices[slice]?.clearAfterMs ?? Number.POSITIVE_INFINITY);
        due.push([slice, isOver ? null : (this.#own[slice] ?? null)]);
        this.#pending.delete(slice);
        this.#sentAtMs.set(slice, now);
      }
    }
    if (due.length > 0) this.#calledAtMs = now;
    if (due.length > 0) this.#send(tabId, Object.fromEntries(due) as Shown);
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = nextMs === Number.POSITIVE_INFINITY ? null : setTimeout(() => this.#flush(), nextMs);
  }

  #send(tabId: string, values: Shown): void {
    const underWay = this.#underWay;
    const done = () => {
      underWay.delete(sending);
      this.#flush();
    };
    // One that is lost is made good by the next value, or by the next join.
    const sending: Promise<void> = this.#source.send(tabId, this.#count++, values).then(done, done);
    underWay.add(sending);
  }
}
