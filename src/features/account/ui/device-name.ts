/**
 * What to call a device, from what its browser says of itself. Made to recognise one's own things by, not to be right about every
 * browser there is: names are tried in order, since most of them also claim to be others.
 */
export interface DeviceName {
  readonly title: string;
  readonly mobile: boolean;
}

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(A|iOS)?\//, "Edge"],
  [/\b(OPR|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Headless)?(Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

export function deviceName(userAgent: string | null): DeviceName {
  const browser = nameIn(browsers, userAgent);
  const system = nameIn(systems, userAgent);
  const mobile = system === "Android" || system === "iPhone" || system === "iPad";
  if (browser && system) return { title: `${browser} on ${system}`, mobile };
  return { title: browser ?? system ?? "A browser that does not say what it is", mobile };
}

function nameIn(names: readonly (readonly [RegExp, string])[], userAgent: string | null): string | null {
  return names.find(([pattern]) => pattern.test(userAgent ?? ""))?.[1] ?? null;
}
