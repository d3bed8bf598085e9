/** Two who join in the same instant do not see each other yet, and may be given one colour; here they are told apart. */
import { personColors } from "#ui/person-color.ts";
import type { RoomMember } from "../events.ts";

/**
 * Everybody in a colour of their own, as long as there are enough: whoever came first keeps theirs. It depends on who is here and on
 * nothing else, so every page shows the same.
 * @param ordered by when they came
 */
export function withDistinctColors(ordered: readonly RoomMember[]): RoomMember[] {
  const given = new Map<string, string>();
  const taken = new Set<string>();
  return ordered.map((member) => {
    const color = given.get(member.userId) ?? freeColor(member.color, taken);
    given.set(member.userId, color);
    taken.add(color);
    // The same object where nothing changes: what is drawn from it is not drawn anew.
    return color === member.color ? member : { ...member, color };
  });
}

/** Neighbours look alike, so the way through the colours takes every third. Of more people than colours some share one. */
function freeColor(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const from = personColors.indexOf(wanted);
  const others = personColors.map((_, n) => personColors[(Math.max(from, 0) + 3 * n) % personColors.length]);
  return others.find((color) => color !== undefined && !taken.has(color)) ?? wanted;
}
