/**
 * The one door between Next's bundle and the server.
 *
 * Next builds its own module graph: a module that `app/` imports is not the module that `main.ts` runs, and a second copy of the
 * database or of the engine would mean second connections and events that reach nobody. So `main.ts` puts what pages need on
 * `globalThis`, once, before a page is asked for, and pages fetch it here. This file imports types only and costs the bundle nothing.
 */
import type { AuthOptions } from "next-auth";
import type { KeptMail } from "./mail.ts";
import type { SessionInfo } from "./session-reader.ts";

export interface PublicInfo {
  readonly instanceId: string;
  readonly development: boolean;
  /** False: nobody can confirm an address or reset a password here; do not offer it. */
  readonly mails: boolean;
  /** With what one may sign in besides a password: `signIn(id)`. */
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

export interface ServerBridge {
  /** Who a request's `cookie` header says is asking, checked against the session row; null when nobody. */
  readSession(cookieHeader: string | null | undefined): Promise<SessionInfo | null>;
  /** For `NextAuth(request, context, options)` in the route under /api/auth. */
  authOptionsFor(headers: Pick<Headers, "get">): AuthOptions;
  /** What may be shown to anyone. */
  readonly info: PublicInfo;
  /** Development: the newest mails that were not sent, newest first. Null where there is no such page to show. */
  readKeptMails(): Promise<readonly KeptMail[]> | null;
}

const KEY = Symbol.for("heliograph.server");

/** Called by `main.ts` before anything is served. A second call replaces the first. */
export function setServerBridge(bridge: ServerBridge): void {
  (globalThis as { [KEY]?: ServerBridge })[KEY] = bridge; // globalThis has no declared place for it
}

/**
 * Call it while handling a request, not at module level: `next build` loads modules without a server.
 * @throws Error when no server was started in this process (`next dev` or `next start` instead of `pnpm dev` or `pnpm start`).
 */
export function getServerBridge(): ServerBridge {
  const bridge = (globalThis as { [KEY]?: ServerBridge })[KEY];
  if (!bridge)
    throw new Error("Pages are served by src/main.ts: start the app with `pnpm dev` or `pnpm start`, not with Next's own command.");
  return bridge;
}
