/**
 * What a procedure knows about its caller.
 *
 * Built per HTTP request (a subscription over SSE is one request) and once per socket. It never throws for "not signed in":
 * over a socket, tRPC answers such a throw with an error no subscription can match, and the client reconnects for ever. So
 * `session` may be null and `protectedProcedure` answers UNAUTHORIZED to each call by name.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { SocketBackpressure } from "#ws/backpressure.ts";
import type { SessionInfo, SessionReader } from "./auth.ts";
import type { Runtime } from "./runtime.ts";

export interface Context {
  readonly runtime: Runtime;
  /** Who asks; null when nobody is signed in. */
  readonly session: SessionInfo | null;
  readonly sessions: SessionReader;
  /** The socket this call came by, or null over HTTP. */
  readonly ws: SocketBackpressure | null;
  /** Names this request (or this socket) in the log and in errors, so that a person can quote it. */
  readonly requestId: string;
}

export interface ContextSources {
  readonly runtime: Runtime;
  readonly sessions: SessionReader;
}

const REQUEST_ID = /^[\w.-]{8,64}$/;

/** A proxy's id when it looks like one, else a fresh one; never text of the caller's that could forge log lines. */
export function requestIdOf(req: IncomingMessage): string {
  const given = req.headers["x-request-id"];
  return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
}

/** `createContext` for `nodeHTTPRequestHandler`. */
export function createHttpContext(sources: ContextSources): (call: { req: IncomingMessage }) => Promise<Context> {
  return async ({ req }) => ({
    ...sources,
    session: await sources.sessions.readSession(req.headers.cookie),
    ws: null,
    requestId: requestIdOf(req),
  });
}

/** The context of everything that one socket asks. The session was read at the upgrade. */
export function createSocketContext(
  sources: ContextSources,
  socket: { readonly session: SessionInfo | null; readonly backpressure: SocketBackpressure; readonly requestId: string },
): Context {
  return { ...sources, session: socket.session, ws: socket.backpressure, requestId: socket.requestId };
}
