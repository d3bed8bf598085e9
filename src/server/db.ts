/** The application's connection pool, with Drizzle on it. One per process, made by `main.ts` and handed down in the Runtime. */
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
  /** Shown in `pg_stat_activity`. @default "heliograph" */
  readonly applicationName?: string;
}

const CLOSE_TIMEOUT_S = 5;
/** A request's query that takes longer than this is a bug; a forgotten transaction would hold back vacuum for everybody. */
const SERVER_TIMEOUTS = { statement_timeout: 30_000, lock_timeout: 10_000, idle_in_transaction_session_timeout: 30_000 };

/**
 * True for addresses of transaction-mode poolers (Supabase, Neon), which hand each transaction to another connection: prepared
 * statements and session settings do not survive there.
 */
export function isTransactionPooled(url: string): boolean {
  const { hostname, port, searchParams } = new URL(url);
  return port === "6543" || hostname.includes("-pooler.") || searchParams.get("pgbouncer") === "true";
}

/** Connects lazily: a wrong address shows at the first query, not here. */
export function createDatabase(url: string, options: DatabaseOptions = {}): DatabaseHandle {
  const pooled = isTransactionPooled(url);
  const client = postgres(url, {
    max: options.max ?? 10,
    prepare: !pooled,
    // A pooler refuses start-up settings that it does not know.
    connection: { application_name: options.applicationName ?? "heliograph", ...(pooled ? {} : SERVER_TIMEOUTS) },
    // Counters and sizes fit a double; strings for them would turn every comparison into a trap.
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    onnotice: () => {},
  });
  return { db: drizzle(client), close: () => client.end({ timeout: CLOSE_TIMEOUT_S }) };
}
