/** A path of this app to go to after signing in; anything that could lead elsewhere becomes the start page. */
export function localPath(value: string | string[] | undefined): string {
  if (typeof value !== "string" || !value.startsWith("/")) return "/";
  const base = "http://app.invalid";
  try {
    // Parsed and not searched for "//": browsers also take "/\host" and "/<tab>/host" for another site.
    const url = new URL(value, base);
    return url.origin === base ? url.pathname + url.search + url.hash : "/";
  } catch {
    return "/";
  }
}
