/**
 * What a procedure knows about its caller.
 *
 * Built per HTTP request (a subscription over SSE is one request) and once per socket. It never throws for "not signed in":
 * over a socket, tRPC answers such a throw with an error no subscription can match, and the client reconnects for ever. So
 * `session` may be null and `protectedProcedure` answers UNAUTHORIZED to each call by name.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SocketBackpressure } from "#ws/backpressure.ts";
import type { SessionEndCause } from "#ws/close-codes.ts";
import { socketLimits } from "#ws/limits.ts";
import { Places } from "#ws/places.ts";
import { clientAddress } from "./client-address.ts";
import type { Runtime } from "./runtime.ts";
import type { SessionInfo, SessionReader } from "./session-reader.ts";

export interface Context {
  readonly runtime: Runtime;
  /** Who asks; null when nobody is signed in. */
  readonly session: SessionInfo | null;
  /** Why the session that the caller's cookie names is over; null when it lives, or the cookie names none. */
  readonly sessionEnd: SessionEndCause | null;
  readonly sessions: SessionReader;
  /** Where the call comes from, for limits. */
  readonly address: string;
  /** The socket this call came by, or null over HTTP. */
  readonly ws: SocketBackpressure | null;
  /** Takes one of the owner's places for a subscription over HTTP, until its response is closed; false when all are taken. */
  readonly holdStream: () => boolean;
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

/** Whose places a connection takes. */
export function ownerOf({ session, address }: Pick<Context, "session" | "address">): string {
  return session ? `user:${session.userId}` : `address:${address}`;
}

/**
 * `createContext` for `nodeHTTPRequestHandler`. A session that is used gets its cookie anew in time, so that it never runs out
 * under somebody who is there.
 */
export function createHttpContext(sources: ContextSources): (call: { req: IncomingMessage; res: ServerResponse }) => Promise<Context> {
  // Each is a connection, as a socket is.
  const streams = new Places(socketLimits.socketsPerOwner);
  return async ({ req, res }) => {
    const { session, sessionEnd, renewedCookie } = await sources.sessions.read(req.headers.cookie);
    if (renewedCookie !== null && !res.headersSent) res.appendHeader("set-cookie", renewedCookie);
    const address = clientAddress(req);
    const holdStream = () => {
      const release = streams.take(ownerOf({ session, address }));
      if (release && res.closed) release();
      else if (release) res.once("close", release);
      return release !== null;
    };
    return { ...sources, session, sessionEnd, ws: null, address, holdStream, requestId: requestIdOf(req) };
  };
}

export interface SocketCaller extends Pick<Context, "session" | "sessionEnd" | "address" | "requestId"> {
  readonly backpressure: SocketBackpressure;
}

/** The context of everything that one socket asks. The session was read at the upgrade. */
export function createSocketContext(sources: ContextSources, { backpressure, ...caller }: SocketCaller): Context {
  // Its subscriptions are counted where they come in.
  return { ...sources, ...caller, ws: backpressure, holdStream: () => true };
}
