/** The application's connection pool, with Drizzle on it. One per process, made by `runtime.ts` and handed down in the Runtime. */
import { Socket } from "node:net";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";

export type Database = PostgresJsDatabase;

export interface DatabaseHandle {
  readonly db: Database;
  /** Ends the pool; queries under way get up to 5 s. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Most connections at a time. @default 10 */
  readonly max?: number;
  /** Whether the address leads to a transaction-mode pooler, where it does not tell so itself. @default false */
  readonly pooled?: boolean;
  /** Shown in `pg_stat_activity`. @default "heliograph" */
  readonly applicationName?: string;
  /** A connection over which nothing came or went for so long is closed; longer than any statement may take. @default 35_000 */
  readonly silentMs?: number;
}

const CLOSE_TIMEOUT_S = 5;
/** A request's query that takes longer than this is a bug; a forgotten transaction would hold back vacuum for everybody. */
const SERVER_TIMEOUTS = { statement_timeout: 30_000, lock_timeout: 10_000, idle_in_transaction_session_timeout: 30_000 };

/** The server's own limits come first, as long as it can be heard. */
const SILENT_MS = 35_000;

/**
 * Ends itself when it is silent. A half-open connection (a firewall that forgot it, a server that lost its power) looks alive for a
 * quarter of an hour; the driver would wait on it as long, and hold a run or a shutdown up. An idle one is replaced at the next query.
 */
class ImpatientSocket extends Socket {
  // Not by a listener: the driver takes all away when it turns to TLS.
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event === "timeout") this.destroy();
    return super.emit(event, ...values);
  }
}

/** Not yet connected: what the driver writes meanwhile waits, and its own deadline for connecting holds. */
function openSocket({ host, port, path }: { host: string[]; port: number[]; path?: string }, silentMs: number): Socket {
  const socket = new ImpatientSocket();
  socket.setTimeout(silentMs);
  if (path) return socket.connect(path);
  // The driver verifies a TLS certificate against this name.
  return Object.assign(socket.connect(port[0] ?? 5432, host[0] ?? "localhost"), { host: host[0] });
}

/**
 * True for addresses of transaction-mode poolers (Supabase, Neon), which hand each transaction to another connection: prepared
 * statements and session settings do not survive there.
 */
export function isTransactionPooled(url: string): boolean {
  const { hostname, port, searchParams } = new URL(url);
  return port === "6543" || hostname.includes("-pooler.") || searchParams.get("pgbouncer") === "true";
}

/** Without `pgbouncer=true`, which is a word for us: the driver would hand it on to the server, which has no such setting. */
export function plainUrl(url: string): string {
  const plain = new URL(url);
  plain.searchParams.delete("pgbouncer");
  return plain.href;
}

/** Connects lazily: a wrong address shows at the first query, not here. */
export function createDatabase(url: string, options: DatabaseOptions = {}): DatabaseHandle {
  const pooled = options.pooled === true || isTransactionPooled(url);
  const silentMs = options.silentMs ?? SILENT_MS;
  // Its types do not know this option, which its documentation describes.
  const socketOption = { socket: (target: Parameters<typeof openSocket>[0]) => openSocket(target, silentMs) };
  const client = postgres(plainUrl(url), {
    max: options.max ?? 10,
    prepare: !pooled,
    // A pooler refuses start-up settings that it does not know.
    connection: { application_name: options.applicationName ?? "heliograph", ...(pooled ? {} : SERVER_TIMEOUTS) },
    // Counters and sizes fit a double; strings for them would turn every comparison into a trap.
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    onnotice: () => {},
    connect_timeout: 10,
    // The driver's own grows to 20 s over all connections, and what was given to one of them waits for that one, also once others are up
    // again: a second's outage under load would be felt for twenty, and a lease be lost by it.
    backoff: () => 0.1,
    keep_alive: 10,
    ...socketOption,
  });
  return { db: drizzle(client), close: () => client.end({ timeout: CLOSE_TIMEOUT_S }) };
}
