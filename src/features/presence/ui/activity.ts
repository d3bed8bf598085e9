/** Who came and went while one was here. It is kept by this page alone, and begins when the page does. */
import type { RoomMember } from "../events.ts";

export interface ActivityEntry {
  readonly id: number;
  readonly what: "joined" | "left";
  readonly userId: string;
  readonly name: string;
  readonly color: string;
  readonly at: Date;
}

export interface Activity {
  /** Newest first. */
  readonly entries: readonly ActivityEntry[];
  /** Everybody who is here, by user: a second tab of somebody is no arrival. Null before the first look. */
  readonly present: ReadonlyMap<string, Pick<RoomMember, "name" | "color">> | null;
  readonly count: number;
}

const MAX_ENTRIES = 50;

export const noActivity: Activity = { entries: [], present: null, count: 0 };

/** Those who are here at the first look were here before; nothing is said of them, nor ever of the reader. */
export function noteWhoIsHere(activity: Activity, members: readonly RoomMember[], selfUserId: string, at: Date): Activity {
  const present = new Map(
    members.filter(({ userId }) => userId !== selfUserId).map(({ userId, name, color }) => [userId, { name, color }]),
  );
  const before = activity.present;
  if (before === null) return { ...activity, present };
  const joined = [...present]
    .filter(([userId]) => !before.has(userId))
    .map(([userId, person]) => ({ what: "joined" as const, userId, ...person }));
  const left = [...before]
    .filter(([userId]) => !present.has(userId))
    .map(([userId, person]) => ({ what: "left" as const, userId, ...person }));
  const news = [...left, ...joined].map((entry, index): ActivityEntry => ({ ...entry, id: activity.count + index, at }));
  if (news.length === 0) return { ...activity, present };
  return { entries: [...news.toReversed(), ...activity.entries].slice(0, MAX_ENTRIES), present, count: activity.count + news.length };
}

/** What the newest entries come to, for somebody who listens: "Ana and Ben joined". */
export function activityText({ entries }: Activity): string {
  const newest = entries[0];
  if (!newest) return "";
  const together = entries.filter(({ what, at }) => what === newest.what && at.getTime() === newest.at.getTime()).map(({ name }) => name);
  return `${new Intl.ListFormat("en").format(together.slice(0, 3))}${together.length > 3 ? " and others" : ""} ${newest.what}`;
}
