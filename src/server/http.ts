/**
 * The one http server, and who answers what:
 *
 *     /healthz   the process lives                      /readyz   it can serve: not stopping, and the database answers
 *     /metrics   numbers                                /api/trpc  queries, mutations, and subscriptions over SSE
 *     /ws        the socket server (upgrade)            the rest  Next, when this process serves pages
 *
 * It does not listen by itself: production binds a port, `pnpm dev` hands over the sockets it has accepted.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { AnyTRPCRouter } from "@trpc/server";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { withDeadline } from "#realtime/timing.ts";
import { stampClientAddress } from "./client-address.ts";
import type { Context } from "./context.ts";
import type { Env } from "./env.ts";
import type { Logger } from "./logger.ts";
import { type Metrics, serveMetrics } from "./metrics.ts";
import { applyPagePolicy, refuseForeign, refuseForeignCall, refuseForm } from "./page-safety.ts";
import { StartupError } from "./startup-error.ts";
import { createErrorReporter, maxInputBytes } from "./trpc.ts";

const TRPC_PATH = "/api/trpc/";
/** The largest request to a page. */
const MAX_BODY_BYTES = 1_000_000;
const MAX_BATCH_SIZE = 20;
const READY_TIMEOUT_MS = 2_000;
/** Longer than the idle timeout of usual load balancers (60 s), so that they close first and never write into a closed one. */
const KEEP_ALIVE_MS = 65_000;

export interface PageServer {
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Next's own sockets (hot reload). */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface HttpServerOptions {
  readonly env: Pick<Env, "nodeEnv" | "metricsToken" | "host" | "port" | "publicUrl">;
  readonly log: Logger;
  readonly router: AnyTRPCRouter;
  readonly createContext: (call: { req: IncomingMessage; res: ServerResponse }) => Promise<Context>;
  /** Null for a process that only works. */
  readonly pages: PageServer | null;
  readonly handleSocket: ((req: IncomingMessage, socket: Duplex, head: Buffer) => void) | null;
  /** Resolves when the database answers. */
  readonly checkDatabase: () => Promise<unknown>;
  readonly metrics: () => Metrics;
}

export interface HttpServer {
  /** @returns the port. @throws StartupError when it is taken or not allowed */
  listen(): Promise<number>;
  /** Takes a connection that another process accepted. */
  accept(socket: Socket): void;
  /** No new connections, and `/readyz` says so; requests under way go on. */
  stopAccepting(): void;
  /** Cuts SSE, which never ends by itself and is resumed elsewhere; waits up to `graceMs` for other requests, then cuts those too. */
  close(graceMs: number): Promise<void>;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { log } = options;
  const reportError = createErrorReporter(log);
  const sockets = new Set<Socket>();
  const underWay = new Set<ServerResponse>();
  let onIdle: (() => void) | null = null;
  let stopping = false;
  let warned = false;

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 60_000, headersTimeout: 20_000 });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("request", (req, res) => {
    underWay.add(res);
    res.once("close", () => {
      underWay.delete(res);
      if (underWay.size === 0) onIdle?.();
    });
    warnAboutPublicUrl(req);
    // A kept-alive connection would bring the next request to a server that is going away.
    if (stopping) res.setHeader("connection", "close");
    handle(req, res).catch((error: unknown) => {
      log.error(`${req.method} ${pathOf(req)} failed.`, { error });
      if (res.headersSent) res.destroy();
      else respond(res, 500, "Something went wrong on the server; it is in its log.");
    });
  });
  server.on("upgrade", (req, socket, head) => {
    const path = pathOf(req);
    if (path === "/ws" && options.handleSocket) options.handleSocket(req, socket, head);
    // In production Next has none, and would leave the socket open for ever.
    else if (path?.startsWith("/_next/") && options.pages && options.env.nodeEnv === "development")
      options.pages.upgrade(req, socket, head);
    else socket.destroy();
  });

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = pathOf(req);
    if (path === null) return respond(res, 400, "The address is not one.");
    if (path === "/healthz") return respond(res, 200, "ok");
    if (path === "/readyz") return respondReady(res);
    if (path === "/metrics") return serveMetrics(req, res, options.env, options.metrics);
    const isCall = path.startsWith(TRPC_PATH);
    const foreign = (isCall ? refuseForeignCall : refuseForeign)(req, options.env.publicUrl);
    if (foreign) return respond(res, foreign.status, foreign.message);
    if (isCall) {
      const form = refuseForm(req);
      if (form) return respond(res, form.status, form.message);
      res.setHeader("x-content-type-options", "nosniff");
      const procedures = path.slice(TRPC_PATH.length);
      return nodeHTTPRequestHandler({
        req,
        res,
        path: procedures,
        router: options.router,
        createContext: options.createContext,
        maxBodySize: maxInputBytes(options.router, procedures),
        maxBatchSize: MAX_BATCH_SIZE,
        // What a lower layer logs of a context is its request id.
        onError: ({ error, path: procedure, ctx }) => reportError({ error, path: procedure, ctx: ctx as Context | undefined }),
      });
    }
    if (!options.pages) return respond(res, 404, "This process works in the background and serves no pages.");
    const refusal = refuseBody(req);
    if (refusal) return respond(res, refusal.status, refusal.message);
    stampClientAddress(req);
    applyPagePolicy(req, res, options.env);
    return options.pages.handle(req, res);
  }

  function warnAboutPublicUrl(req: IncomingMessage): void {
    if (warned || options.env.nodeEnv !== "production" || options.env.publicUrl !== null) return;
    if (req.headers["x-forwarded-proto"] !== "https") return;
    warned = true;
    log.warn(
      "Requests arrive by https and NEXTAUTH_URL is not set: set it to the address people type, so that session cookies are secure.",
    );
  }

  async function respondReady(res: ServerResponse): Promise<void> {
    if (stopping) return respond(res, 503, "stopping");
    try {
      await withDeadline(options.checkDatabase(), READY_TIMEOUT_MS);
      respond(res, 200, "ready");
    } catch {
      respond(res, 503, "the database does not answer");
    }
  }

  return {
    listen: () => listen(server, options.env),
    accept(socket) {
      server.emit("connection", socket);
      socket.resume();
    },
    stopAccepting() {
      stopping = true;
      if (server.listening) server.close();
      server.closeIdleConnections();
    },
    async close(graceMs) {
      for (const res of underWay) if (String(res.getHeader("content-type")).startsWith("text/event-stream")) res.destroy();
      if (underWay.size > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        onIdle = resolve;
        await withDeadline(promise, graceMs).catch(() => {});
      }
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Null for a request line that is no address. */
function pathOf(req: IncomingMessage): string | null {
  return URL.parse(req.url ?? "", "http://localhost")?.pathname ?? null;
}

/** For what goes to Next, which sets no limit of its own. Without a length one could not tell before reading it. */
function refuseBody(req: IncomingMessage): { status: number; message: string } | null {
  if (req.headers["transfer-encoding"] !== undefined) return { status: 411, message: "Say how long the body is (Content-Length)." };
  if (Number(req.headers["content-length"] ?? 0) <= MAX_BODY_BYTES) return null;
  return { status: 413, message: `A request may have at most ${MAX_BODY_BYTES} bytes.` };
}

function respond(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" }).end(`${text}\n`);
}

/** Also used by `pnpm dev`, which owns the port itself. */
export function listen(
  server: Pick<Server, "once" | "off" | "listen" | "address">,
  { host, port }: Pick<Env, "host" | "port">,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen({ port, host: host ?? undefined }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function explain(error: NodeJS.ErrnoException, host: string | null, port: number): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new StartupError(`Port ${port} is taken by another program: stop that, or choose another port, for example PORT=${port + 1}.`);
    case "EACCES":
      return new StartupError(`Port ${port} needs more rights than this user has: choose one above 1023, for example PORT=3000.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartupError(`This machine has no address "${host}": correct HOST.`);
    default:
      return error;
  }
}
