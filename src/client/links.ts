/**
 * Which road each call takes: subscriptions over the socket, everything else over HTTP. A query on a socket that is away would
 * wait for ever, and cookies cannot be set over one. Calls with `{ context: { overSocket: true } }` are many, small, and worth nothing
 * when late (where somebody points); they take the socket, and are made only while it carries something.
 */
import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  retryLink,
  splitLink,
  TRPCClientError,
  type TRPCLink,
  wsLink,
} from "@trpc/client";
import { observable } from "@trpc/server/observable";
import superjson from "superjson";
import { sessionEndCauses } from "#ws/close-codes.ts";
import type { AppRouter } from "../router.ts";
import type { ConnectionStore } from "./connection-store.ts";
import { OfflineError } from "./error-code.ts";

export interface LinkOptions {
  readonly store: ConnectionStore;
  /** Where the server is, e.g. `http://localhost:3000`; "" for the page's own. @default "" */
  readonly origin?: string;
}

/** As many calls as the server takes in one request. */
const MAX_BATCH = 20;
/** Proxies commonly refuse longer ones. */
const MAX_URL_LENGTH = 4_000;
/** A subscription that failed on the server's side is begun again from its position, this often at most when the server calls it a bug. */
const MAX_TRIES_OF_A_BUG = 5;
const RETRY_MAX_MS = 15_000;

/** Links for a browser. While a page is rendered on the server nothing is fetched and no socket exists. */
export function createLinks({ store, origin = "" }: LinkOptions): TRPCLink<AppRouter>[] {
  const http = httpBatchLink({
    url: `${origin}/api/trpc`,
    transformer: superjson,
    maxItems: MAX_BATCH,
    maxURLLength: MAX_URL_LENGTH,
    // Refused at once, in words: what waited for the network would happen behind the reader's back. The split view's switch cuts everything.
    fetch: (url, options) => (store.isOffline ? Promise.reject(new OfflineError()) : fetch(url, options as RequestInit)), // tRPC's narrower type of the same object
  });
  if (typeof window === "undefined") return [http];

  const overHttp = createTRPCClient<AppRouter>({ links: [http] });
  store.askSessionBy(() => overHttp.account.session.query());

  const client = createWSClient({
    url: async () => {
      await store.gate.pass();
      return `${(origin || window.location.origin).replace(/^http/, "ws")}/ws`;
    },
    WebSocket: store.createSocketClass(),
    // The gate waits, and can be asked to stop waiting.
    retryDelayMs: () => 0,
    // The measured socket finds a dead peer sooner and does not wait for its close event.
    keepAlive: { enabled: false },
  });
  const socket = wsLink<AppRouter>({ client, transformer: superjson });
  const overSocket = createTRPCClient<AppRouter>({ links: [socket] });
  store.askServerBy(
    () => overSocket.system.info.query(),
    () => overHttp.system.ping.query(),
  );

  return [
    watchErrors(store),
    splitLink({
      condition: ({ type, context }) => type === "subscription" || context.overSocket === true,
      true: [
        retryLink({ retry: ({ op, error, attempts }) => op.type === "subscription" && isWorthRetrying(error, attempts), retryDelayMs }),
        tellInterruptions,
        socket,
      ],
      false: http,
    }),
  ];
}

/** A subscription that ended says so as one whose socket was lost does: until it has begun again, nothing it shows is live. */
const tellInterruptions: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    observable((observer) =>
      next(op).subscribe({
        next: (value) => observer.next(value),
        complete: () => observer.complete(),
        error: (error) => {
          if (op.type === "subscription") observer.next({ result: { type: "state", state: "connecting", error } });
          observer.error(error);
        },
      }),
    );

function isWorthRetrying(error: TRPCClientError<AppRouter>, attempts: number): boolean {
  const code = error.data?.code;
  return code === "SERVICE_UNAVAILABLE" || code === "TIMEOUT" || (code === "INTERNAL_SERVER_ERROR" && attempts <= MAX_TRIES_OF_A_BUG);
}

function retryDelayMs(attempt: number): number {
  return Math.min(500 * 2 ** attempt, RETRY_MAX_MS) * (0.5 + Math.random() / 2);
}

/** Any answer may be the first to say that the session is over, or the database away; a change that the former refuses is kept for copying. */
function watchErrors(store: ConnectionStore): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) =>
        next(op).subscribe({
          next: (value) => observer.next(value),
          complete: () => observer.complete(),
          error: (error) => {
            const code = error instanceof TRPCClientError ? error.data?.code : undefined;
            if (code === "INTERNAL_SERVER_ERROR" || code === "SERVICE_UNAVAILABLE") store.noticeFailure();
            if (code === "UNAUTHORIZED") {
              if (op.type === "mutation" && op.context.overSocket !== true) store.unsent.addRefused(op.path, op.input);
              store.noticeSignOut(sessionEndCauses.find((cause) => cause === error.data?.reason) ?? null);
            }
            observer.error(error);
          },
        }),
      );
}
