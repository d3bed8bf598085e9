/** Who is behind a socket: what `ws/` needs to know, from the session and the access events it knows nothing of. */
import type { IncomingMessage } from "node:http";
import type { Visitor } from "#ws/accept.ts";
import type { SessionInfo } from "./auth.ts";
import { clientAddress } from "./client-address.ts";
import { type ContextSources, createSocketContext, requestIdOf } from "./context.ts";

/** setTimeout takes no more than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** `identify` for `createSocketServer`. Rejects only when the session cannot be looked up. */
export function createIdentify(sources: ContextSources): (req: IncomingMessage) => Promise<Visitor> {
  return async (req) => {
    const session = await sources.sessions.readSession(req.headers.cookie);
    const requestId = requestIdOf(req);
    return {
      owner: session ? `user:${session.userId}` : `address:${clientAddress(req)}`,
      createContext: (backpressure) => createSocketContext(sources, { session, backpressure, requestId }),
      watchEnd: (end) => (session ? watchEnd(sources, session, end) : () => {}),
    };
  };
}

function watchEnd({ runtime, sessions }: ContextSources, session: SessionInfo, end: () => void): () => void {
  let ended = false;
  const finish = () => {
    if (!ended) end();
    ended = true;
  };
  const check = async (notBefore?: number) => {
    try {
      if (!(await sessions.isAlive(session, notBefore))) finish();
    } catch {
      // The database is away: subscriptions end with their own errors, and the next change or reconnect asks again.
    }
  };
  const watch = runtime.access.watch(session.userId, (change) => {
    if (change.sessionId === null || change.sessionId === session.sessionId) void check();
  });
  // What ended between the upgrade's look and the start of listening.
  watch.ready.then(check, () => {});
  let timer: NodeJS.Timeout;
  const waitForExpiry = () => {
    const remaining = session.expiresAt.getTime() - Date.now();
    if (remaining <= 0) return finish();
    timer = setTimeout(waitForExpiry, Math.min(remaining, MAX_TIMER_MS));
    timer.unref();
  };
  waitForExpiry();
  return () => {
    clearTimeout(timer);
    watch.stop();
  };
}
