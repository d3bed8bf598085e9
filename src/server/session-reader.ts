/**
 * Whose request it is: the session that a cookie names, or that a connection began with.
 *
 * Every request asks the session's row; what goes on for longer (a socket's calls) asks through a cache of two seconds, which access
 * events and this process's own sign-outs clear.
 */
import { encode, getToken, type JWT } from "next-auth/jwt";
import type { SessionEndCause } from "#ws/close-codes.ts";
import type { Access } from "./access.ts";
import { parseCookies, type SessionCookie, serializeCookie } from "./session-cookie.ts";

export interface SessionInfo {
  readonly sessionId: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly color: string;
  /** When this device signed in. */
  readonly startedAt: Date;
}

/** A session, why it is over, or null when nothing is known of it. */
export type SessionLookup = SessionInfo | { readonly ended: SessionEndCause } | null;

/** What a request's `cookie` header says. */
export interface CookieReading {
  readonly session: SessionInfo | null;
  /** Why the session that the cookie names is over. */
  readonly sessionEnd: SessionEndCause | null;
  /** A `set-cookie` value for the answer, when the cookie is a day old or older and its session lives. */
  readonly renewedCookie: string | null;
}

/** What the rest of the server may ask about sessions. */
export interface SessionReader {
  /** Asks the database each time: what was ended by any process is over here at once. */
  read(cookieHeader: string | null | undefined): Promise<CookieReading>;
  /**
   * At most two seconds old, and not old at all after `notBefore`: no answer from before that moment (by `performance.now()`, which nobody
   * puts back) is used.
   * Looking a session up is using it, which moves its end.
   */
  lookUp(sessionId: string, notBefore?: number): Promise<SessionLookup>;
}

/** How long a session lasts after it was last used: the row, and the cookie that names it. */
export const SESSION_LIFETIME_MS = 30 * 86_400_000;
/** A cookie with less than this to live is made anew. */
const RENEW_BELOW_MS = SESSION_LIFETIME_MS - 86_400_000;

const CACHE_MS = 2_000;
const CACHE_MAX_ENTRIES = 10_000;

export interface SessionReaderDependencies {
  /** Encrypts the cookie. */
  readonly secret: string;
  readonly cookie: SessionCookie;
  readonly access: Access;
  /** Asks the row. */
  readonly readSession: (sessionId: string) => Promise<SessionLookup>;
}

export interface CachedSessionReader extends SessionReader {
  /** What this process itself has ended: it need not wait to be told. */
  forget(sessionId: string): void;
}

export function createSessionReader({ secret, cookie, access, readSession }: SessionReaderDependencies): CachedSessionReader {
  const cache = new Map<string, { readonly at: number; readonly session: Promise<SessionLookup> }>();

  access.onChange(({ sessionId }) => {
    if (sessionId !== null) cache.delete(sessionId);
    // Which session is not known, and what is forgotten is only read again.
    else cache.clear();
  });

  function lookUp(sessionId: string, notBefore = 0): Promise<SessionLookup> {
    const cached = cache.get(sessionId);
    // Strictly after: within one millisecond nobody can say which came first.
    if (cached && performance.now() - cached.at < CACHE_MS && cached.at > notBefore) return cached.session;
    const session = readSession(sessionId);
    session.catch(() => cache.delete(sessionId));
    cache.delete(sessionId);
    cache.set(sessionId, { at: performance.now(), session });
    if (cache.size > CACHE_MAX_ENTRIES) for (const oldest of cache.keys()) if (cache.size > CACHE_MAX_ENTRIES / 2) cache.delete(oldest);
    return session;
  }

  async function read(cookieHeader: string | null | undefined): Promise<CookieReading> {
    if (!cookieHeader) return NOBODY;
    const token = await getToken({
      // getToken looks at these two and nothing else; given a whole request it would also accept a bearer token.
      req: { cookies: parseCookies(cookieHeader), headers: {} } as Parameters<typeof getToken>[0]["req"],
      secret,
      cookieName: cookie.name,
    });
    const sessionId = sessionIdOf(token);
    if (!token || !sessionId) return NOBODY;
    const found = await lookUp(sessionId, performance.now());
    if (found === null) return NOBODY;
    if ("ended" in found) return { ...NOBODY, sessionEnd: found.ended };
    // Both stand in one encrypted token; that they belong together costs nothing to know.
    if (token.sub !== found.userId) return NOBODY;
    return { session: found, sessionEnd: null, renewedCookie: await renew(token) };
  }

  async function renew(token: JWT): Promise<string | null> {
    const expiresAt = typeof token.exp === "number" ? token.exp * 1_000 : 0;
    if (expiresAt - Date.now() > RENEW_BELOW_MS) return null;
    const { iat, exp, jti, ...claims } = token;
    const value = await encode({ token: claims, secret, maxAge: SESSION_LIFETIME_MS / 1_000 });
    return serializeCookie(cookie, value, new Date(Date.now() + SESSION_LIFETIME_MS));
  }

  return { read, lookUp, forget: (sessionId) => void cache.delete(sessionId) };
}

const NOBODY: CookieReading = { session: null, sessionEnd: null, renewedCookie: null };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The session that a token names, if it is one of ours. */
export function sessionIdOf(token: Readonly<Record<string, unknown>> | null): string | null {
  const sid = token?.sid;
  return typeof sid === "string" && UUID.test(sid) ? sid : null;
}
