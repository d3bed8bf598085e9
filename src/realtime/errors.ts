/** The one error class of the engine; `code` is for programs, the message says which stream and what happens next. */
export type RealtimeErrorCode =
  | "INVALID_EVENT"
  | "INVALID_TOPIC"
  | "INVALID_POSITION"
  | "EVENT_TOO_LARGE"
  | "QUEUE_FULL"
  | "FENCED"
  | "TIMEOUT"
  | "REFUSED"
  | "INVALID_VALUE"
  | "SUPERSEDED"
  | "CLOSED";

export class RealtimeError extends Error {
  readonly code: RealtimeErrorCode;

  constructor(code: RealtimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RealtimeError";
    this.code = code;
  }
}

/** SQLSTATE or driver code of a database error, or "" for anything else. Drizzle wraps the driver's error as `cause`. */
export function databaseCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return "";
}

export const LOCK_NOT_AVAILABLE = "55P03";
/** The statement took longer than it may. */
export const QUERY_CANCELED = "57014";

/**
 * True when the same statement may succeed later: lost or refused connections (08, 57P, CONNECTION_*, ECONN*), a name that cannot be
 * looked up now (EAI_AGAIN), a server that is starting, or still a standby during a failover (25006 for writing; 55000 for asking it which
 * incarnation it is), too many connections (53300), deadlock, serialization and timeouts.
 */
export function isTransient(error: unknown): boolean {
  return /^(08|57P|40)|^(25006|55000|53300|57014|55P03|EAI_AGAIN)$|^CONNECT|^E[A-Z]+$/.test(databaseCode(error));
}
