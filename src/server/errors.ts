/**
 * What may go wrong, in words that may leave the server.
 *
 * Services throw `AppError`; the engine throws `RealtimeError`. Both become tRPC codes by the two tables here, and everything
 * else becomes INTERNAL_SERVER_ERROR without its message: an unexpected error's text may hold SQL, paths or secrets.
 */
import { type TRPC_ERROR_CODE_KEY, TRPCError } from "@trpc/server";
import { RealtimeError, type RealtimeErrorCode } from "#realtime/errors.ts";
import type { SessionEndCause } from "#ws/close-codes.ts";
import type { AccessReason } from "./access.ts";

export type AppErrorCode = "UNAUTHORIZED" | "FORBIDDEN" | "NOT_FOUND" | "CONFLICT" | "INVALID" | "LIMIT" | "UNAVAILABLE";

/** Facts for programs (a limit, an id, a field). They are sent to the client: nothing secret belongs here. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface AppErrorOptions extends ErrorOptions {
  readonly details?: ErrorDetails;
  /** Why the caller may no longer do what they could do before. */
  readonly reason?: AccessReason | null;
}

/** A refusal that a person may read. The message names the thing, says what happened to it and what to do. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: AppErrorCode;
  readonly details: ErrorDetails | null;
  readonly reason: AccessReason | null;

  constructor(code: AppErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? null;
    this.reason = options.reason ?? null;
  }

  /** The same refusal, with the reason that is known by now. */
  because(reason: AccessReason): AppError {
    return new AppError(this.code, this.message, { reason, cause: this.cause, ...(this.details && { details: this.details }) });
  }
}

const endings: Record<SessionEndCause, string> = {
  sessionEnded: "This session was signed out. Sign in to go on.",
  sessionExpired: "This session was not used for too long. Sign in to go on.",
  passwordChanged: "The password was changed, which signed this device out. Sign in with the new one to go on.",
  accountDeleted: "This account was deleted.",
};

/** @param reason null: nobody is signed in */
export function sessionIsOver(reason: SessionEndCause | null): AppError {
  return new AppError("UNAUTHORIZED", reason === null ? "Nobody is signed in. Sign in to go on." : endings[reason], { reason });
}

const appCodes: Record<AppErrorCode, TRPC_ERROR_CODE_KEY> = {
  UNAUTHORIZED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  NOT_FOUND: "NOT_FOUND",
  CONFLICT: "CONFLICT",
  INVALID: "BAD_REQUEST",
  LIMIT: "TOO_MANY_REQUESTS",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
};

/** SERVICE_UNAVAILABLE is what clients retry by themselves; nothing is lost by it, a subscription resumes from its position. */
const realtimeCodes: Record<RealtimeErrorCode, TRPC_ERROR_CODE_KEY> = {
  INVALID_EVENT: "INTERNAL_SERVER_ERROR",
  INVALID_TOPIC: "INTERNAL_SERVER_ERROR",
  INVALID_POSITION: "BAD_REQUEST",
  EVENT_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  FENCED: "CONFLICT",
  REFUSED: "INTERNAL_SERVER_ERROR",
  INVALID_VALUE: "BAD_REQUEST",
  SUPERSEDED: "CONFLICT",
  QUEUE_FULL: "SERVICE_UNAVAILABLE",
  TIMEOUT: "SERVICE_UNAVAILABLE",
  CLOSED: "SERVICE_UNAVAILABLE",
};

/** Any throw as a TRPCError with the code clients act on. The original stays as `cause`, for the log only. */
export function toTRPCError(cause: unknown): TRPCError {
  if (cause instanceof AppError) return new TRPCError({ code: appCodes[cause.code], message: cause.message, cause });
  if (cause instanceof RealtimeError) return new TRPCError({ code: realtimeCodes[cause.code], message: cause.message, cause });
  if (cause instanceof TRPCError) {
    const inner = cause.cause;
    // tRPC wraps what a procedure throws before a middleware can see it.
    return cause.code === "INTERNAL_SERVER_ERROR" && (inner instanceof AppError || inner instanceof RealtimeError)
      ? toTRPCError(inner)
      : cause;
  }
  return new TRPCError({ code: "INTERNAL_SERVER_ERROR", message: "Internal server error", cause });
}
