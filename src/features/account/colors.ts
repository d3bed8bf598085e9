/** The colours a person may have. Their names are what is stored; what they look like is the theme's business. Browser-safe. */
export const userColors = ["amber", "orange", "rose", "pink", "violet", "indigo", "blue", "cyan", "teal", "green"] as const;

export type UserColor = (typeof userColors)[number];

/** The colour of somebody who has not chosen one: always the same for the same person. */
export function defaultColor(userId: string): UserColor {
  let sum = 0;
  for (const character of userId) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return userColors[sum % userColors.length] ?? "blue";
}
