/**
 * The socket server: tRPC's own handler behind a door that it does not have.
 *
 *   upgrade:  own origin? -> who is it? -> a place free? -> 101          otherwise a plain HTTP error with a code
 *   socket:   every frame counts -> every operation is admitted -> tRPC  otherwise a tRPC error or a named close code
 *   end:      session over, buffer stalled, flood, silence, shutdown     each with its close code
 *
 * Who is asking is settled before the handshake is answered, so that nothing later may throw: tRPC answers a throwing context
 * with an error that no subscription can match. Somebody without a session gets a socket too and is refused by each procedure by name.
 *
 * Knows neither the router's procedures nor users: `identify` says who owns a socket and makes its context.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { AnyTRPCRouter, TRPCError } from "@trpc/server";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import { Admission } from "./admission.ts";
import { Backpressure, type SocketBackpressure } from "./backpressure.ts";
import { type CloseCause, closeCodes, type SessionEndCause } from "./close-codes.ts";
import { Heartbeat } from "./heartbeat.ts";
import { MessageBudget, type SocketLimits, socketLimits } from "./limits.ts";
import { isOwnOrigin } from "./origin.ts";
import { Places } from "./places.ts";

/** Whoever opened a socket. */
export interface Visitor {
  /** Sockets are counted by it: a user, or the address of somebody who is not signed in. */
  readonly owner: string;
  /** The tRPC context of everything this socket asks; called once, must not throw. */
  createContext(backpressure: SocketBackpressure): object;
  /** Calls `end` once, with why, when the visitor's session is over. Returns how to stop listening. */
  watchEnd(end: (cause: SessionEndCause) => void): () => void;
}

export interface SocketServerOptions {
  readonly router: AnyTRPCRouter;
  /** Reads the upgrade request's cookie. A throw (the database is away) answers 503; the client comes again. */
  identify(req: IncomingMessage): Promise<Visitor>;
  /** The address people type, when a proxy changes the Host header. */
  readonly publicUrl: string | null;
  readonly limits?: Partial<SocketLimits>;
  /** What a procedure threw, and what went wrong in this server itself. */
  onError(failure: { readonly error: TRPCError; readonly path: string | undefined; readonly ctx: unknown }): void;
}

export interface DrainOptions {
  /** Sockets are told at random moments within this time, so that they do not all come back at once. @default 2_000 */
  readonly spreadMs?: number;
  /** How long a told socket may take to close before it is cut. @default 2_000 */
  readonly graceMs?: number;
}

export interface SocketServer {
  /** For the http server's "upgrade" event, when the path is ours. Never throws. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  metrics(): { readonly sockets: number; readonly subscriptions: number; readonly refused: number };
  /** Lets nobody in any more, tells every socket to connect elsewhere (1012), and resolves when all are gone. */
  drain(options?: DrainOptions): Promise<void>;
}

interface Connection {
  readonly socket: WebSocket;
  readonly admission: Admission;
}

/** The errors of a session that is over are on their way when its socket is told; this is how long they may take. */
const LAST_WORDS_MS = 1_000;
/** A peer that does not answer a close frame is cut after this. */
const CLOSE_TIMEOUT_MS = 2_000;
const DRAIN_SPREAD_MS = 2_000;

export function createSocketServer(options: SocketServerOptions): SocketServer {
  const limits: SocketLimits = { ...socketLimits, ...options.limits };
  const wss = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: limits.messageBytes, perMessageDeflate: false });
  const heartbeat = new Heartbeat(limits.heartbeatMs);
  const connections = new Set<Connection>();
  const owners = new Places(limits.socketsPerOwner);
  let upgrading = 0;
  let refused = 0;
  let draining = false;

  function reasonToRefuse(req: IncomingMessage): Refusal | null {
    if (draining) return "RESTARTING";
    if (!isOwnOrigin(req, options.publicUrl)) return "FOREIGN_ORIGIN";
    return connections.size + upgrading >= limits.sockets ? "TOO_MANY_CONNECTIONS" : null;
  }

  function handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until `ws` takes over nobody else listens, and an unheard "error" would end the process.
    const ignore = () => {};
    socket.on("error", ignore);
    const refuse = (refusal: Refusal) => {
      refused++;
      refuseUpgrade(socket, refusal);
    };
    const reason = reasonToRefuse(req);
    if (reason) {
      refuse(reason);
      return;
    }
    upgrading++;
    options
      .identify(req)
      .finally(() => upgrading--)
      .then((visitor) => {
        if (socket.destroyed) return;
        if (draining) refuse("RESTARTING");
        else
          wss.handleUpgrade(req, socket, head, (client) => {
            socket.off("error", ignore);
            welcome(client, req, visitor);
          });
      })
      .catch(() => refuse("UNAVAILABLE"));
  }

  function welcome(socket: WebSocket, req: IncomingMessage, visitor: Visitor): void {
    socket.on("error", () => {}); // `ws` closes by itself after one; the close is what is acted on
    const releaseOwner = owners.take(visitor.owner);
    if (!releaseOwner) {
      refused++;
      end(socket, "tooManySockets");
      return;
    }
    const backpressure = new Backpressure(socket, limits);
    const admission = new Admission({
      router: options.router,
      limits,
      budget: new MessageBudget(limits),
      send: (frame) => socket.readyState === socket.OPEN && socket.send(frame),
      isFull: () => backpressure.isFull(),
      onFlood: () => end(socket, "tooManyMessages"),
    });
    const connection: Connection = { socket, admission };
    connections.add(connection);
    heartbeat.add(socket);
    // Before tRPC's listener: what is over the limit must be shut when that one decodes the frame.
    for (const frame of ["message", "ping", "pong"]) socket.on(frame, () => admission.spend(1));

    const stopWatching = visitor.watchEnd((cause) => {
      void admission.whenIdle(LAST_WORDS_MS).then(() => {
        admission.shut();
        end(socket, cause);
      });
    });
    socket.once("close", () => {
      stopWatching();
      admission.shut();
      connections.delete(connection);
      releaseOwner();
    });
    serve(socket, req, { admission, context: visitor.createContext(backpressure) });
  }

  function serve(socket: WebSocket, req: IncomingMessage, { admission, context }: { admission: Admission; context: object }): void {
    try {
      getWSConnectionHandler({
        wss,
        router: options.router,
        createContext: () => context,
        experimental_encoder: admission,
        maxBatchSize: admission.maxBatchSize,
        onError: ({ error, path, ctx }) => options.onError({ error, path, ctx }),
      })(socket, req);
    } catch {
      // It throws for a request line that is no URL; nothing of this socket has started.
      socket.terminate();
    }
  }

  return {
    handleUpgrade,
    metrics() {
      let subscriptions = 0;
      for (const { admission } of connections) subscriptions += admission.subscriptions;
      return { sockets: connections.size, subscriptions, refused };
    },
    async drain({ spreadMs = DRAIN_SPREAD_MS, graceMs = CLOSE_TIMEOUT_MS } = {}) {
      draining = true;
      await Promise.all([...connections].map(({ socket }) => tellRestart(socket, Math.random() * spreadMs, graceMs)));
      heartbeat.stop();
      wss.close();
    },
  };
}

function end(socket: WebSocket, cause: CloseCause, timeoutMs = CLOSE_TIMEOUT_MS): void {
  const { code, reason } = closeCodes[cause];
  socket.close(code, reason);
  const timer = setTimeout(() => socket.terminate(), timeoutMs);
  socket.once("close", () => clearTimeout(timer));
}

function tellRestart(socket: WebSocket, delayMs: number, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) resolve();
    const timer = setTimeout(() => end(socket, "restarting", graceMs), delayMs);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const refusals = {
  FOREIGN_ORIGIN: { status: "403 Forbidden", message: "Sockets are for this app's own pages; open the app at its own address." },
  TOO_MANY_CONNECTIONS: { status: "503 Service Unavailable", message: "This server carries as many sockets as it may; try again." },
  RESTARTING: { status: "503 Service Unavailable", message: "The server is restarting; try again." },
  UNAVAILABLE: { status: "503 Service Unavailable", message: "The server cannot tell who is asking right now; try again." },
} as const;

type Refusal = keyof typeof refusals;

/** A refused handshake is answered in HTTP, since there is no socket yet. */
function refuseUpgrade(socket: Duplex, code: Refusal): void {
  const { status, message } = refusals[code];
  const body = JSON.stringify({ code, message });
  const head = [`HTTP/1.1 ${status}`, "Connection: close", "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // A peer that never closes its half would keep the connection.
  const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
  socket.once("close", () => clearTimeout(timer));
}
