/**
 * The engine's own connections, for appending, reading and notifying; a pool of its own cannot be starved by business transactions.
 *
 * A half-open connection (a firewall that forgot it, a server that lost its power) looks alive for a quarter of an hour, and the
 * driver would wait on it as long. So every statement has a deadline; when one passes, all connections are thrown away.
 */
import postgres, { type Sql } from "postgres";
import type { RealtimeLimits } from "./core.ts";
import { databaseCode } from "./errors.ts";
import { SILENT, withDeadline } from "./timing.ts";

const MAX_CONNECTIONS = 5;

export class Pool {
  readonly #open: () => Sql;
  readonly #deadlineMs: number;
  #sql: Sql;
  #ended = false;

  /** @param pooled behind a pooler, which may refuse start-up settings it does not know; then the server's own timeouts hold */
  constructor(url: string, pooled: boolean, { answerMs, lockTimeoutMs }: RealtimeLimits) {
    const timeouts = { lock_timeout: lockTimeoutMs, statement_timeout: answerMs, idle_in_transaction_session_timeout: 10_000 };
    this.#open = () =>
      postgres(url, {
        max: MAX_CONNECTIONS,
        connect_timeout: answerMs / 1_000,
        // Ours grows per statement and ends with the outage; the driver's would keep us waiting up to 20 s after it.
        backoff: () => 0.1,
        keep_alive: 10,
        fetch_types: false,
        prepare: !pooled,
        onnotice: () => {},
        connection: { application_name: "heliograph-realtime", ...(!pooled && timeouts) },
      });
    this.#deadlineMs = 2 * answerMs; // the server's own limit comes first, and a statement may have to wait for its connection
    this.#sql = this.#open();
  }

  /** @typeParam Row the columns that `text` names; bigint comes as text */
  async query<Row>(text: string, parameters: (string | number | boolean | null)[] = []): Promise<Row[]> {
    const sql = this.#sql;
    try {
      // The caller says what its own statement returns.
      return (await withDeadline(sql.unsafe(text, parameters, { prepare: true }), this.#deadlineMs)) as unknown as Row[];
    } catch (error) {
      if (databaseCode(error) === SILENT && sql === this.#sql && !this.#ended) {
        this.#sql = this.#open();
        void sql.end({ timeout: 0 });
      }
      throw error;
    }
  }

  /** Waits a second for statements that are under way; what is asked for later is rejected. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#sql.end({ timeout: 1 });
  }
}
