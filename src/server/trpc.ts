/**
 * The one tRPC instance: its transformer, its errors, its two kinds of procedure.
 *
 * YOU PROBABLY DO NOT NEED TO EDIT THIS unless you add a middleware for every procedure or a field to every error.
 */
import { initTRPC, type TRPCError } from "@trpc/server";
import superjson from "superjson";
import { ZodError } from "zod";
import type { SessionEndReason } from "./access.ts";
import type { SessionInfo } from "./auth.ts";
import type { Context } from "./context.ts";
import { AppError, toTRPCError } from "./errors.ts";
import type { Logger } from "./logger.ts";

const t = initTRPC.context<Context>().create({
  transformer: superjson,
  // Never: a stack tells an attacker what runs here. It is in the log, under the request's id.
  isDev: false,
  errorFormatter({ shape, error, ctx }) {
    const { code, httpStatus, path } = shape.data;
    const app = error.cause instanceof AppError ? error.cause : null;
    const requestId = ctx?.requestId ?? null;
    return {
      code: shape.code,
      message: publicMessage(error, requestId),
      data: {
        code,
        httpStatus,
        path: path ?? null,
        requestId,
        /** Why something that was allowed no longer is; null when it never was, or nothing is known. */
        reason: app?.reason ?? null,
        details: app?.details ?? null,
        /** Which fields of the input were wrong. */
        issues:
          error.cause instanceof ZodError
            ? error.cause.issues.map((issue) => ({ path: issue.path.map(String), message: issue.message }))
            : null,
      },
    };
  },
});

function publicMessage(
  error: { readonly code: string; readonly message: string; readonly cause?: unknown },
  requestId: string | null,
): string {
  if (error.code === "INTERNAL_SERVER_ERROR")
    return requestId
      ? `Something went wrong on the server. It is in its log as request ${requestId}.`
      : "Something went wrong on the server.";
  if (error.cause instanceof ZodError)
    return `The input is not valid: ${error.cause.issues.map((issue) => `${issue.path.map(String).join(".") || "input"}: ${issue.message}`).join("; ")}`;
  return error.message;
}

/** What services and the engine throw becomes the code that clients act on. */
const translateErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw toTRPCError(result.error);
  return result;
});

/** The context behind `protectedProcedure`: somebody is signed in. */
export interface ProtectedContext extends Context {
  readonly session: SessionInfo;
}

export const router = t.router;

/** Anyone may call it. */
export const publicProcedure = t.procedure.use(translateErrors);

/**
 * Only with a session whose row is alive. Reading the cookie once is not enough on a socket, which may outlive the session by
 * days, so each call asks again (from a cache of a second or two that access events clear).
 */
export const protectedProcedure = publicProcedure.use(async ({ ctx, next }) => {
  return next({ ctx: { session: await requireSession(ctx) } });
});

/**
 * @param notBefore no cached answer from before this moment is good enough; see `SessionReader.lookUp`
 * @throws TRPCError UNAUTHORIZED when nobody is signed in or the session has ended, with the reason
 */
export async function requireSession(ctx: Context, notBefore?: number): Promise<SessionInfo> {
  if (!ctx.session) throw sessionIsOver(ctx.sessionEnd);
  const found = await ctx.sessions.lookUp(ctx.session.sessionId, notBefore);
  if (found === null || "ended" in found) throw sessionIsOver(found?.ended ?? "sessionEnded");
  return found;
}

const endings: Record<SessionEndReason, string> = {
  sessionEnded: "This session was signed out. Sign in to go on.",
  sessionExpired: "This session was not used for too long. Sign in to go on.",
  passwordChanged: "The password was changed, which signed this device out. Sign in with the new one to go on.",
  accountDeleted: "This account was deleted.",
};

function sessionIsOver(reason: SessionEndReason | null): TRPCError {
  const message = reason === null ? "Nobody is signed in. Sign in to go on." : endings[reason];
  return toTRPCError(new AppError("UNAUTHORIZED", message, { reason }));
}

/** For `onError` of the HTTP handler and the socket server: the log gets what clients must not. */
export function createErrorReporter(log: Logger) {
  return (failure: {
    error: { code: string; message: string; cause?: unknown };
    path?: string | undefined;
    ctx?: Context | undefined;
  }): void => {
    if (failure.error.code !== "INTERNAL_SERVER_ERROR") return;
    log.error(`${failure.path ?? "A call"} failed: ${failure.error.message}`, {
      requestId: failure.ctx?.requestId,
      error: failure.error.cause ?? failure.error,
    });
  };
}
