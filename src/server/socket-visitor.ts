/** Who is behind a socket: what `ws/` needs to know, from the session and the access events it knows nothing of. */
import type { IncomingMessage } from "node:http";
import type { Visitor } from "#ws/accept.ts";
import type { AccessReason, SessionEndReason } from "./access.ts";
import type { SessionInfo } from "./auth.ts";
import { clientAddress } from "./client-address.ts";
import { type ContextSources, createSocketContext, ownerOf, requestIdOf } from "./context.ts";

/** An open socket counts as use of its session, which is what this look keeps true; and an expired one is found. */
const LOOK_EVERY_MS = 30 * 60_000;

/** `identify` for `createSocketServer`. Rejects only when the session cannot be looked up. */
export function createIdentify(sources: ContextSources): (req: IncomingMessage) => Promise<Visitor> {
  return async (req) => {
    const { session, sessionEnd } = await sources.sessions.read(req.headers.cookie);
    const address = clientAddress(req);
    const requestId = requestIdOf(req);
    return {
      owner: ownerOf({ session, address }),
      createContext: (backpressure) => createSocketContext(sources, { session, sessionEnd, address, backpressure, requestId }),
      watchEnd: (end) => (session ? watchEnd(sources, session, end) : () => {}),
    };
  };
}

function watchEnd({ runtime, sessions }: ContextSources, session: SessionInfo, end: (cause: SessionEndReason) => void): () => void {
  let over = false;
  const check = async ({ notBefore, told }: { notBefore?: number; told?: AccessReason | null }) => {
    try {
      const found = await sessions.lookUp(session.sessionId, notBefore);
      if (over || (found !== null && !("ended" in found))) return;
      over = true;
      // The row of a deleted account is gone with it, so only the event still knows why.
      end(found?.ended ?? (told === "accountDeleted" ? told : "sessionEnded"));
    } catch {
      // The database is away: subscriptions end with their own errors, and the next look, change or reconnect asks again.
    }
  };
  const watch = runtime.access.watch(session.userId, ({ sessionId, reason }) => {
    if (sessionId === null || sessionId === session.sessionId) void check({ told: reason });
  });
  // What ended between the upgrade's look and the start of listening.
  watch.ready.then(
    (notBefore) => check({ notBefore }),
    () => {},
  );
  const timer = setInterval(() => void check({}), LOOK_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    watch.stop();
  };
}
