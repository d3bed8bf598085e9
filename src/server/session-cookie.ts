/** The session cookie: its name, how it is written, and how a request's cookies are read. */

export interface SessionCookie {
  readonly name: string;
  readonly secure: boolean;
}

/**
 * One answer for whoever reads or writes the cookie. Left to next-auth, a request that did not pass through Next looks like https
 * and the other name is searched, so whoever is signed in on the page would be nobody on the socket.
 *
 * Over https the name begins with `__Host-`: browsers then take it from this host only. With next-auth's own `__Secure-`, a page
 * on a sibling subdomain could plant its own session in somebody's browser.
 */
export function sessionCookie(publicUrl: string | null): SessionCookie {
  const secure = publicUrl?.startsWith("https://") ?? false;
  return { secure, name: cookieName("session-token", secure) };
}

/** Also of the cookies that next-auth sets on the way to a session. */
export function cookieName(name: string, secure: boolean): string {
  return `${secure ? "__Host-" : ""}next-auth.${name}`;
}

/** The value is an encrypted JWT, which needs no escaping. */
export function serializeCookie({ name, secure }: SessionCookie, value: string, expires: Date): string {
  return `${name}=${value}; Path=/; Expires=${expires.toUTCString()}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** A `cookie` header as next-auth wants it: names and decoded values. Parts that do not decode are left out. */
export function parseCookies(header: string): Record<string, string> {
  const cookies: Record<string, string> = Object.create(null);
  for (const part of header.split(";")) {
    const equals = part.indexOf("=");
    if (equals < 1) continue;
    try {
      cookies[part.slice(0, equals).trim()] = decodeURIComponent(part.slice(equals + 1).trim());
    } catch {
      // Malformed percent-encoding: somebody else's cookie, or nobody's.
    }
  }
  return cookies;
}
