import { expect, test } from "vitest";
import type { RoomMember } from "#features/presence/events.ts";
import { activityText, noActivity, noteWhoIsHere } from "#features/presence/ui/activity.ts";
import { devicesOf, liveliestTab, peopleHere } from "#features/presence/ui/people.ts";

const member = (tabId: string, name: string, more: Partial<RoomMember> = {}): RoomMember => ({
  tabId,
  userId: name.toLowerCase(),
  name,
  color: "teal",
  device: "Firefox on Linux",
  joinedAt: new Date(0),
  away: false,
  ...more,
});

const self = member("self", "Me");
const ana = member("a1", "Ana");
const anasPhone = member("a2", "Ana", { device: "Safari on iPhone" });
const ben = member("b1", "Ben");

test("tabs of one person are one face, in the order in which people came", () => {
  const people = peopleHere([ana, self, ben, anasPhone], "self", new Map());
  expect(people.map(({ name, tabs }) => [name, tabs.length])).toEqual([
    ["Ana", 2],
    ["Ben", 1],
  ]);
  expect(people.map(devicesOf)).toEqual([["Firefox on Linux", "Safari on iPhone"], ["Firefox on Linux"]]);
});

test("the reader is there only with other tabs", () => {
  expect(peopleHere([self], "self", new Map())).toEqual([]);
  expect(peopleHere([self, member("other", "Me")], "self", new Map())).toMatchObject([{ isSelf: true, tabs: [{ tabId: "other" }] }]);
});

test("somebody is as lively as their liveliest tab", () => {
  const gone = { ...anasPhone, away: true };
  const stateOf = (members: RoomMember[], idle: string[]) =>
    peopleHere(members, "self", new Map(idle.map((tabId) => [tabId, "idle" as const])))[0]?.state;
  expect(stateOf([ana, anasPhone], ["a1"])).toBe("active");
  expect(stateOf([ana, anasPhone], ["a1", "a2"])).toBe("idle");
  expect(stateOf([ana, gone], ["a1"])).toBe("idle");
  expect(stateOf([gone], [])).toBe("away");
});

test("to follow somebody is to follow their liveliest tab", () => {
  const followed = (tabs: RoomMember[], idle: string[], moved: [string, number][] = []) =>
    liveliestTab({ tabs }, new Map(idle.map((tabId) => [tabId, "idle"])), new Map(moved))?.tabId;
  const moves: [string, number][] = [
    ["a1", 1_000],
    ["a2", 2_000],
  ];
  expect(followed([ana, anasPhone], [], moves)).toBe("a2");
  expect(followed([anasPhone, ana], [], moves.slice(0, 1))).toBe("a1");
  expect(followed([ana, anasPhone], ["a2"], moves)).toBe("a1");
  expect(followed([ana, { ...anasPhone, away: true }], ["a1"], moves)).toBe("a1");
});

test("who was here before is no news; who comes and goes is, once per person", () => {
  const at = (second: number) => new Date(second * 1_000);
  let activity = noteWhoIsHere(noActivity, [self, ana], "me", at(0));
  expect(activity.entries).toEqual([]);
  activity = noteWhoIsHere(activity, [self, ana, anasPhone], "me", at(1));
  expect(activity.entries).toEqual([]);
  activity = noteWhoIsHere(activity, [self, anasPhone, ben, member("c1", "Cleo")], "me", at(2));
  expect(activityText(activity)).toBe("Cleo and Ben joined");
  activity = noteWhoIsHere(activity, [self, ben], "me", at(3));
  expect(activity.entries.map(({ what, name }) => `${name} ${what}`)).toEqual(["Cleo left", "Ana left", "Cleo joined", "Ben joined"]);
  expect(new Set(activity.entries.map(({ id }) => id)).size).toBe(4);
});
