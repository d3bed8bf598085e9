import fc from "fast-check";
import { expect, test } from "vitest";
import type { RoomMember } from "#features/presence/events.ts";
import { withDistinctColors } from "#features/presence/ui/distinct-colors.ts";
import { personColors } from "#ui/person-color.ts";

const tab = (tabId: string, userId: string, color: string): RoomMember => ({
  tabId,
  userId,
  name: userId,
  color,
  device: "Firefox on Linux",
  joinedAt: new Date(0),
  away: false,
});

test("of two who were given one colour in the same instant the first keeps it, and the other's tabs share another", () => {
  const [ana, ben, bensPhone] = withDistinctColors([tab("a", "ana", "teal"), tab("b1", "ben", "teal"), tab("b2", "ben", "teal")]);
  expect(ana?.color).toBe("teal");
  expect(ben?.color).not.toBe("teal");
  expect(bensPhone?.color).toBe(ben?.color);
});

test("who has a colour of their own is the same object as before", () => {
  const members = [tab("a", "ana", "teal"), tab("b", "ben", "rose"), tab("c", "cem", "of a newer server")];
  expect(withDistinctColors(members)).toEqual(members);
  for (const [index, member] of withDistinctColors(members).entries()) expect(member).toBe(members[index]);
});

test("as many people as there are colours are all told apart, whatever they were given", () => {
  const given = fc.array(fc.constantFrom(...personColors), { minLength: 1, maxLength: personColors.length });
  fc.assert(
    fc.property(given, (colors) => {
      const shown = withDistinctColors(colors.map((color, index) => tab(`t${index}`, `u${index}`, color)));
      expect(new Set(shown.map(({ color }) => color)).size).toBe(colors.length);
    }),
  );
});
