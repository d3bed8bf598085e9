/** A path of this app to go to after signing in; anything that could lead elsewhere becomes the start page. */
export function localPath(value: string | string[] | undefined): string {
  if (typeof value !== "string" || !value.startsWith("/")) return "/";
  const base = "http://app.invalid";
  try {
    // Parsed and not searched for "//": browsers also take "/\host" and "/<tab>/host" for another site.
    const url = new URL(value, base);
    const path = url.pathname + url.search + url.hash;
    // And once more: "/.//host" is a path here, and becomes "//host", which is another site.
    return url.origin === base && new URL(path, base).origin === base ? path : "/";
  } catch {
    return "/";
  }
}
