/** Tabs are what joins a room; people are what is shown. One person may be here on several devices, in several tabs. */
import type { RoomMember, Shown } from "../events.ts";

export type PersonState = "active" | "idle" | "away";

export interface PersonHere {
  readonly userId: string;
  readonly name: string;
  readonly color: string;
  /** The reader too, in another tab than this one. */
  readonly isSelf: boolean;
  /** By when they came; never the tab that reads this. */
  readonly tabs: readonly RoomMember[];
  /** Of the liveliest tab: it is idle when all are, away when all connections have just gone. */
  readonly state: PersonState;
  /** In any of the tabs. */
  readonly isTyping: boolean;
}

/** What the tabs say of themselves; a tab that says nothing is active. */
export type Statuses = ReadonlyMap<string, NonNullable<Shown["status"]>>;

/** Everybody but the tab that reads this, by when they came, so that nobody moves when somebody joins. */
export function peopleHere(
  members: readonly RoomMember[],
  self: string | null,
  statuses: Statuses,
  typing: ReadonlyMap<string, unknown> = new Map(),
): PersonHere[] {
  const selfUserId = members.find(({ tabId }) => tabId === self)?.userId;
  const others = Map.groupBy(
    members.filter(({ tabId }) => tabId !== self),
    ({ userId }) => userId,
  );
  return [...others].flatMap(([userId, tabs]) => {
    // Who changed name or colour meanwhile is called what the newest tab says.
    const newest = tabs.at(-1);
    if (!newest) return [];
    const { name, color } = newest;
    const isTyping = tabs.some(({ tabId }) => typing.has(tabId));
    return [{ userId, name, color, isSelf: userId === selfUserId, tabs, state: stateOf(tabs, statuses), isTyping }];
  });
}

/** What somebody is called on this page. */
export function calledHere({ name, isSelf }: Pick<PersonHere, "name" | "isSelf">): string {
  return isSelf ? "You, in another tab" : name;
}

/** Absent while somebody is simply here. */
export function stateWord({ state, isTyping }: Pick<PersonHere, "state" | "isTyping">): string | null {
  if (state === "active") return isTyping ? "typing" : null;
  return state === "idle" ? "idle" : "connection lost, may come back";
}

/** The devices behind the tabs, each once. */
export function devicesOf({ tabs }: Pick<PersonHere, "tabs">): string[] {
  return [...new Set(tabs.map(({ device }) => device))];
}

/** The tab to look at to see what somebody does: connected before not, lively before idle, then the one that moved last. */
export function liveliestTab(
  { tabs }: Pick<PersonHere, "tabs">,
  statuses: Statuses,
  movedAtMs: ReadonlyMap<string, number>,
): RoomMember | undefined {
  const rest = ({ tabId }: RoomMember) => (statuses.get(tabId) === "idle" ? 1 : 0);
  const moved = ({ tabId, joinedAt }: RoomMember) => movedAtMs.get(tabId) ?? joinedAt.getTime();
  return tabs.toSorted((a, b) => Number(a.away) - Number(b.away) || rest(a) - rest(b) || moved(b) - moved(a))[0];
}

function stateOf(tabs: readonly RoomMember[], statuses: Statuses): PersonState {
  const connected = tabs.filter(({ away }) => !away);
  if (connected.length === 0) return "away";
  return connected.every(({ tabId }) => statuses.get(tabId) === "idle") ? "idle" : "active";
}
