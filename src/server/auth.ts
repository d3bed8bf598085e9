/**
 * Who is asking: next-auth with passwords, and a row behind every session.
 *
 * next-auth keeps a signed-in browser in an encrypted JWT cookie, which by itself nobody can take back. So each JWT names a
 * session row (`sid`), and a request is somebody's only while that row is alive (session-reader.ts): one device can be signed out,
 * everywhere, at once.
 *
 * The account feature is in a higher layer, so what is needed of it comes in as `AccountGateway`, handed over by `main.ts`.
 */
import type { AuthOptions } from "next-auth";
import type { JWT } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import type { Access } from "./access.ts";
import { ADDRESS_HEADER, UNKNOWN_ADDRESS } from "./client-address.ts";
import type { Env } from "./env.ts";
import { AppError } from "./errors.ts";
import { interop } from "./interop.ts";
import type { Logger } from "./logger.ts";
import { createProviders, providerUser } from "./providers.ts";
import { cookieName, sessionCookie } from "./session-cookie.ts";
import {
  createSessionReader,
  SESSION_LIFETIME_MS,
  type SessionInfo,
  type SessionLookup,
  type SessionReader,
  sessionIdOf,
} from "./session-reader.ts";

/** Who a provider says somebody is. */
export interface ProviderProfile {
  readonly provider: string;
  readonly providerAccountId: string;
  readonly name: string | null;
  /** Null when the provider does not vouch for one. */
  readonly verifiedEmail: string | null;
}

interface SignedIn {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
}

/** What the account feature does for sign-in. */
export interface AccountGateway {
  /**
   * The account with this address and password, or null; takes as long for an unknown address as for a wrong password.
   * @throws AppError LIMIT with `details.retryAfterSeconds` after too many failures for the account or the address
   */
  verifyCredentials(attempt: { email: string; password: string; address: string }): Promise<(SignedIn & { readonly proof: string }) | null>;
  /** @throws AppError FORBIDDEN without a verified address, CONFLICT when the address has an account that nobody confirmed */
  enterWithProvider(profile: ProviderProfile): Promise<SignedIn>;
  /**
   * @param proof what `verifyCredentials` said: the session begins only if that still opens the account, so that a password that is
   * being changed leaves none behind. @throws AppError UNAUTHORIZED when it does not
   */
  createSession(userId: string, device: { userAgent: string | null; proof?: string }): Promise<SessionInfo>;
  readSession(sessionId: string): Promise<SessionLookup>;
  /** Ends one device's session and tells every process, in one transaction. Ending an ended one is nothing. */
  endSession(sessionId: string): Promise<void>;
}

export interface Auth extends SessionReader {
  /** For the route under /api/auth, through `server/next.ts`: next-auth's options for one request. */
  optionsFor(headers: Pick<Headers, "get">): AuthOptions;
  /** The signed-in person of a `cookie` header, if any. */
  readSession(cookieHeader: string | null | undefined): Promise<SessionInfo | null>;
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

/** What the sign-in page finds as `error`; `tooMany` is followed by `:` and the seconds to wait. */
export const SIGN_IN_ERRORS = {
  wrong: "CredentialsSignin",
  tooMany: "TooManyAttempts",
  unavailable: "SignInUnavailable",
  /** The provider did not vouch for an address. */
  unverified: "ProviderAddressUnverified",
  /** The address has an account whose owner has not confirmed it: only its password opens it. */
  unconfirmed: "AccountNotConfirmed",
} as const;

/** How long somebody may be away at a provider. */
const SIGN_IN_WITH_PROVIDER_S = 15 * 60;

export interface AuthDependencies {
  readonly env: Pick<Env, "authSecret" | "publicUrl" | "github" | "google">;
  readonly access: Access;
  readonly accounts: AccountGateway;
  readonly log: Logger;
}

export function createAuth({ env, access, accounts, log }: AuthDependencies): Auth {
  const cookie = sessionCookie(env.publicUrl);
  const providers = createProviders(env);
  const sessions = createSessionReader({ secret: env.authSecret, cookie, access, readSession: (id) => accounts.readSession(id) });
  /** Begins a session of this browser, in place of the one it had: nothing that was known before signing in is worth anything after. */
  async function begin(userId: string, headers: Pick<Headers, "get">, proof?: string): Promise<string> {
    const { session: previous } = await sessions.read(headers.get("cookie"));
    const device = { userAgent: headers.get("user-agent"), ...(proof !== undefined && { proof }) };
    const { sessionId } = await accounts.createSession(userId, device);
    if (previous) {
      await accounts.endSession(previous.sessionId);
      sessions.forget(previous.sessionId);
    }
    return sessionId;
  }

  async function isOver(token: JWT): Promise<boolean> {
    const sessionId = sessionIdOf(token);
    if (!sessionId) return true;
    try {
      const found = await sessions.lookUp(sessionId, performance.now());
      return found === null || "ended" in found || found.userId !== token.sub;
    } catch {
      // The database is away: nobody is signed out for that.
      return false;
    }
  }

  async function authorize(credentials: Record<string, string> | undefined, headers: Pick<Headers, "get">) {
    const email = credentials?.email?.trim() ?? "";
    const password = credentials?.password ?? "";
    if (!email || !password) return null;
    try {
      const account = await accounts.verifyCredentials({ email, password, address: headers.get(ADDRESS_HEADER) ?? UNKNOWN_ADDRESS });
      if (!account) return null;
      return { id: account.userId, email: account.email, name: account.name, sid: await begin(account.userId, headers, account.proof) };
    } catch (error) {
      if (error instanceof AppError && error.code === "UNAUTHORIZED") return null;
      // next-auth passes an error's message to the page, so only these two words may be one.
      if (error instanceof AppError && error.code === "LIMIT")
        throw new Error(`${SIGN_IN_ERRORS.tooMany}:${error.details?.retryAfterSeconds ?? 60}`);
      log.error("Signing in failed.", { error });
      throw new Error(SIGN_IN_ERRORS.unavailable);
    }
  }

  /** Puts the account and a session in place of what the provider said. Returns where to go instead when that is refused. */
  async function enter(user: object, provider: string, headers: Pick<Headers, "get">): Promise<string | true> {
    try {
      const { id, name, verifiedEmail } = providerUser.parse(user);
      const account = await accounts.enterWithProvider({ provider, providerAccountId: id, name: name ?? null, verifiedEmail });
      Object.assign(user, { id: account.userId, email: account.email, name: account.name, sid: await begin(account.userId, headers) });
      return true;
    } catch (error) {
      const code = error instanceof AppError ? error.code : null;
      if (code === "FORBIDDEN") return `/sign-in?error=${SIGN_IN_ERRORS.unverified}`;
      if (code === "CONFLICT") return `/sign-in?error=${SIGN_IN_ERRORS.unconfirmed}`;
      log.error(`Signing in with ${provider} failed.`, { error });
      return `/sign-in?error=${SIGN_IN_ERRORS.unavailable}`;
    }
  }

  const ownCookie = (name: string, maxAge?: number) => ({
    name: cookieName(name, cookie.secure),
    options: { httpOnly: true, sameSite: "lax" as const, path: "/", secure: cookie.secure, ...(maxAge !== undefined && { maxAge }) },
  });

  const optionsFor = (headers: Pick<Headers, "get">): AuthOptions => ({
    secret: env.authSecret,
    useSecureCookies: cookie.secure,
    cookies: {
      sessionToken: ownCookie("session-token"),
      // With a provider's answer of their own and these two, a sibling subdomain would sign somebody in as somebody else.
      state: ownCookie("state", SIGN_IN_WITH_PROVIDER_S),
      pkceCodeVerifier: ownCookie("pkce.code_verifier", SIGN_IN_WITH_PROVIDER_S),
      callbackUrl: ownCookie("callback-url"),
    },
    // Explicit: with credentials, next-auth's own default changes with an adapter and then signs everybody out silently.
    session: { strategy: "jwt", maxAge: SESSION_LIFETIME_MS / 1_000 },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    providers: [
      interop(CredentialsProvider)({
        name: "Email and password",
        credentials: { email: { label: "Email", type: "email" }, password: { label: "Password", type: "password" } },
        authorize: (credentials) => authorize(credentials, headers),
      }),
      ...providers,
    ],
    callbacks: {
      signIn: ({ user, account }) => (account?.type === "oauth" ? enter(user, account.provider, headers) : true),
      async jwt({ token, user }) {
        // `user` is there at sign-in only, and then it is what `authorize` returned or `enter` completed.
        if (user) return { sub: user.id, sid: "sid" in user ? user.sid : undefined };
        // Otherwise a cookie is shown, to be made anew: without a living row it is not, and throwing clears it.
        if (await isOver(token)) throw new Error("The session is over.");
        return token;
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
        sessions.forget(sessionId);
      },
    },
    logger: {
      // A cookie that no longer decrypts (the secret was changed) or whose session is over is a signed-out browser, not a fault.
      // Nor is what anybody posts to next-auth's `_log`, which it hands on as it came: only what happened here holds an error.
      error: (code, metadata) => QUIET.has(code) || !holdsError(metadata) || log.error(`next-auth: ${code}`, { metadata }),
      // It has nothing to warn of that this configuration leaves open.
      warn: () => {},
      debug: () => {},
    },
  });

  return {
    optionsFor,
    read: sessions.read,
    lookUp: sessions.lookUp,
    readSession: async (cookieHeader) => (await sessions.read(cookieHeader)).session,
    providers: providers.map(({ id, name }) => ({ id, name })),
  };
}

const QUIET = new Set(["JWT_SESSION_ERROR", "LOGGER_ERROR"]);

function holdsError(metadata: unknown): boolean {
  if (metadata instanceof Error) return true;
  return typeof metadata === "object" && metadata !== null && Object.values(metadata).some((value) => value instanceof Error);
}
