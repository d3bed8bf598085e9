/** Who is behind a socket: what `ws/` needs to know, from the session and the access events it knows nothing of. */
import type { IncomingMessage } from "node:http";
import type { Visitor } from "#ws/accept.ts";
import type { SessionEndCause } from "#ws/close-codes.ts";
import { clientAddress } from "./client-address.ts";
import { type ContextSources, createSocketContext, ownerOf, requestIdOf } from "./context.ts";
import type { SessionInfo } from "./session-reader.ts";

/** An open socket counts as use of its session, which is what this look keeps true; and an expired one is found. */
const LOOK_EVERY_MS = 30 * 60_000;
const LISTEN_AGAIN_MS = 500;

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

function watchEnd({ runtime, sessions }: ContextSources, session: SessionInfo, end: (cause: SessionEndCause) => void): () => void {
  let over = false;
  const check = async (notBefore?: number) => {
    try {
      const found = await sessions.lookUp(session.sessionId, notBefore);
      if (over || (found !== null && !("ended" in found))) return;
      over = true;
      // The row was there when the socket was opened, and goes only with its account.
      end(found?.ended ?? "accountDeleted");
    } catch {
      // The database is away: subscriptions end with their own errors, and the next look, change or reconnect asks again.
    }
  };
  let stop = listen();
  const timer = setInterval(() => void check(), LOOK_EVERY_MS);
  timer.unref();
  return () => {
    over = true;
    clearInterval(timer);
    stop();
  };

  /** Without its position the watch hears nothing, ever: another one is begun until one has it. */
  function listen(): () => void {
    const watch = runtime.access.watch(session.userId, ({ sessionId }) => {
      if (sessionId === null || sessionId === session.sessionId) void check();
    });
    let retry: NodeJS.Timeout | null = null;
    watch.ready.then(
      // What ended between the upgrade's look and the start of listening.
      (notBefore) => check(notBefore),
      () => {
        watch.stop();
        retry = setTimeout(() => {
          if (!over) stop = listen();
        }, LISTEN_AGAIN_MS).unref();
      },
    );
    return () => {
      watch.stop();
      if (retry) clearTimeout(retry);
    };
  }
}
