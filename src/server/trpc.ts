/**
 * The one tRPC instance: its transformer, its errors, its two kinds of procedure.
 *
 * YOU PROBABLY DO NOT NEED TO EDIT THIS unless you add a middleware for every procedure or a field to every error.
 */
import { initTRPC } from "@trpc/server";
import superjson from "superjson";
import { ZodError } from "zod";
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
        /** The service's own word for it, finer than tRPC's. */
        reason: app?.code ?? null,
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
 * @param notBefore no cached answer from before this moment is good enough; see `SessionReader.isAlive`
 * @throws TRPCError UNAUTHORIZED when nobody is signed in or the session has ended
 */
export async function requireSession(ctx: Context, notBefore?: number): Promise<SessionInfo> {
  if (!ctx.session) throw toTRPCError(new AppError("UNAUTHORIZED", "Nobody is signed in. Sign in to go on."));
  if (!(await ctx.sessions.isAlive(ctx.session, notBefore)))
    throw toTRPCError(new AppError("UNAUTHORIZED", "This session has ended. Sign in to go on."));
  return ctx.session;
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
