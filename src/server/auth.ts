/**
 * Who is asking: next-auth with passwords, and a row behind every session.
 *
 * next-auth keeps a signed-in browser in an encrypted JWT cookie, which by itself nobody can take back. So each JWT names a
 * session row (`sid`), and a request is somebody's only while that row is alive: one device can be signed out, everywhere, at
 * once. The row is asked through a cache of two seconds that access events and this process's own sign-outs clear.
 *
 * The account feature lies above this file, so what is needed of it comes in as `AccountGateway`, handed over by `main.ts`.
 */
import type { AuthOptions } from "next-auth";
import { getToken } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import type { Access } from "./access.ts";
import { addressOfHeaders } from "./client-address.ts";
import type { Env } from "./env.ts";
import { AppError } from "./errors.ts";
import { interop } from "./interop.ts";
import type { Logger } from "./logger.ts";

export interface SessionInfo {
  readonly sessionId: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly expiresAt: Date;
}

/** What the rest of the server may ask about sessions. */
export interface SessionReader {
  /** The session a request's `cookie` header names, if its row is alive; null for everything else. */
  readSession(cookieHeader: string | null | undefined): Promise<SessionInfo | null>;
  /**
   * False once the session was ended or expired; at most two seconds late, and not late at all after `notBefore`: no answer from
   * before that moment (by `Date.now()`) is used.
   */
  isAlive(session: SessionInfo, notBefore?: number): Promise<boolean>;
}

/** What the account feature does for sign-in. */
export interface AccountGateway {
  /**
   * The account with this address and password, or null; takes as long for an unknown address as for a wrong password.
   * @throws AppError LIMIT with `details.retryAfterSeconds` after too many failures for the account or the address
   */
  verifyCredentials(attempt: {
    email: string;
    password: string;
    address: string;
  }): Promise<{ userId: string; email: string; name: string } | null>;
  createSession(userId: string, device: { userAgent: string | null }): Promise<SessionInfo>;
  /** The session when its row is alive. */
  readSession(sessionId: string): Promise<SessionInfo | null>;
  /** Ends one device's session and tells every process, in one transaction. Ending an ended one is nothing. */
  endSession(sessionId: string): Promise<void>;
}

export interface Auth extends SessionReader {
  /** For the route under /api/auth, through `server/next.ts`. */
  readonly options: AuthOptions;
}

/** next-auth's JWT lives as long as the session row; the row decides. */
export const SESSION_LIFETIME_MS = 30 * 86_400_000;

/** What the sign-in page finds in `result.error`; the second is followed by `:` and the seconds to wait. */
export const SIGN_IN_ERRORS = { wrong: "CredentialsSignin", tooMany: "TooManyAttempts" } as const;

const CACHE_MS = 2_000;
const CACHE_MAX_ENTRIES = 10_000;

export interface AuthDependencies {
  readonly env: Pick<Env, "authSecret" | "publicUrl">;
  readonly access: Access;
  readonly accounts: AccountGateway;
  readonly log: Logger;
}

export function createAuth({ env, access, accounts, log }: AuthDependencies): Auth {
  // One constant for both readers of the cookie. Left to next-auth, a request that did not pass through Next looks like https
  // and the other cookie name is searched, so whoever is signed in on the page would be nobody on the socket.
  const secureCookies = (env.publicUrl ?? "").startsWith("https://");
  const cache = new Map<string, { readonly at: number; readonly session: Promise<SessionInfo | null> }>();

  access.onChange(({ sessionId }) => {
    if (sessionId !== null) cache.delete(sessionId);
    // Which session is not known, and what is forgotten is only read again.
    else cache.clear();
  });

  function lookUp(sessionId: string, notBefore = 0): Promise<SessionInfo | null> {
    const cached = cache.get(sessionId);
    // Strictly after: within one millisecond nobody can say which came first.
    if (cached && Date.now() - cached.at < CACHE_MS && cached.at > notBefore) return cached.session;
    const session = accounts.readSession(sessionId);
    session.catch(() => cache.delete(sessionId));
    cache.delete(sessionId);
    cache.set(sessionId, { at: Date.now(), session });
    if (cache.size > CACHE_MAX_ENTRIES) for (const oldest of cache.keys()) if (cache.size > CACHE_MAX_ENTRIES / 2) cache.delete(oldest);
    return session;
  }

  async function authorize(credentials: Record<string, string> | undefined, headers: HeaderRecord) {
    const email = credentials?.email?.trim() ?? "";
    const password = credentials?.password ?? "";
    if (!email || !password) return null;
    try {
      const account = await accounts.verifyCredentials({ email, password, address: addressOfHeaders(headers) });
      if (!account) return null;
      const session = await accounts.createSession(account.userId, { userAgent: headers["user-agent"] ?? null });
      return { id: account.userId, email: account.email, name: account.name, sid: session.sessionId };
    } catch (error) {
      // next-auth passes an error's message to the page, so only these two words may be one.
      if (error instanceof AppError && error.code === "LIMIT")
        throw new Error(`${SIGN_IN_ERRORS.tooMany}:${error.details?.retryAfterSeconds ?? 60}`);
      log.error("Signing in failed.", { error });
      throw new Error("SignInUnavailable");
    }
  }

  const options: AuthOptions = {
    secret: env.authSecret,
    useSecureCookies: secureCookies,
    // Explicit: with credentials, next-auth's own default changes with an adapter and then signs everybody out silently.
    session: { strategy: "jwt", maxAge: SESSION_LIFETIME_MS / 1_000 },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    providers: [
      interop(CredentialsProvider)({
        name: "Email and password",
        credentials: { email: { label: "Email", type: "email" }, password: { label: "Password", type: "password" } },
        authorize: (credentials, request) => authorize(credentials, request.headers ?? {}),
      }),
    ],
    callbacks: {
      jwt({ token, user }) {
        // `user` is there at sign-in only, and then it is what `authorize` returned.
        return user ? { ...token, sub: user.id, sid: "sid" in user ? user.sid : undefined } : token;
      },
      session({ session, token }) {
        return { ...session, user: { ...session.user, id: token.sub ?? null } };
      },
    },
    events: {
      async signOut({ token }) {
        const sessionId = sessionIdOf(token);
        if (!sessionId) return;
        await accounts.endSession(sessionId);
        cache.delete(sessionId);
      },
    },
    logger: {
      // A cookie that no longer decrypts (the secret was changed) is a signed-out browser, not a fault.
      error: (code, metadata) => code === "JWT_SESSION_ERROR" || log.error(`next-auth: ${code}`, { metadata }),
      warn: (code) => code === "NEXTAUTH_URL" || code === "DEBUG_ENABLED" || log.warn(`next-auth: ${code}`),
      debug: () => {},
    },
  };

  return {
    options,
    async readSession(cookieHeader) {
      if (!cookieHeader) return null;
      const cookies = parseCookies(cookieHeader);
      const token = await getToken({
        // getToken looks at these two and nothing else; given a whole request it would also accept a bearer token.
        req: { cookies, headers: {} } as Parameters<typeof getToken>[0]["req"],
        secret: env.authSecret,
        secureCookie: secureCookies,
      });
      const sessionId = sessionIdOf(token);
      return sessionId ? lookUp(sessionId) : null;
    },
    async isAlive(session, notBefore) {
      return session.expiresAt.getTime() > Date.now() && (await lookUp(session.sessionId, notBefore)) !== null;
    },
  };
}

type HeaderRecord = Readonly<Record<string, string | undefined>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function sessionIdOf(token: Readonly<Record<string, unknown>> | null): string | null {
  const sid = token?.sid;
  return typeof sid === "string" && UUID.test(sid) ? sid : null;
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
