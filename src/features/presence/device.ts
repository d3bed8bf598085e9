/** "Firefox on Linux", from what a browser says of itself: enough to tell one's own devices apart, and nothing to rely on. */

// The first that is found counts: nearly every browser also calls itself Safari, and Chrome's relatives Chrome.
const browsers = [
  ["Edg", "Edge"],
  ["OPR", "Opera"],
  ["Firefox", "Firefox"],
  ["FxiOS", "Firefox"],
  ["CriOS", "Chrome"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
] as const;
const systems = [
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Windows", "Windows"],
  ["Mac OS X", "macOS"],
  ["CrOS", "ChromeOS"],
  ["Linux", "Linux"],
] as const;

export function deviceName(userAgent: string | null): string {
  const browser = browsers.find(([mark]) => userAgent?.includes(mark))?.[1] ?? "Unknown browser";
  const system = systems.find(([mark]) => userAgent?.includes(mark))?.[1];
  return system ? `${browser} on ${system}` : browser;
}
