/**
 * The one tRPC instance: its transformer, its errors, its two kinds of procedure.
 *
 * YOU PROBABLY DO NOT NEED TO EDIT THIS unless you add a middleware for every procedure or a field to every error.
 */
import { type AnyTRPCRouter, initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { ZodError } from "zod";
import { decodeInput, inputProblem } from "#ws/input.ts";
import { isConnectionFailure } from "./connection-failure.ts";
import type { Context } from "./context.ts";
import { AppError, sessionIsOver, toTRPCError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import type { SessionInfo } from "./session-reader.ts";
import { outputTransformer } from "./transformer.ts";

/** What all procedures of a kind have; a procedure may say otherwise with `.meta`. */
export interface ProcedureMeta {
  /** Largest request over HTTP that asks for it alone, in bytes; a socket's messages have a limit of their own. */
  readonly maxInputBytes: number;
}

/** For what anybody may send, signed in or not. */
const PUBLIC_INPUT_BYTES = 4_000;
const INPUT_BYTES = 64_000;
/** For a procedure that takes a whole graph: `.meta(largeInput)`. */
export const largeInput: ProcedureMeta = { maxInputBytes: 1_000_000 };

const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    transformer: {
      input: {
        serialize: superjson.serialize,
        deserialize(payload: unknown) {
          const problem = inputProblem(payload);
          if (problem) throw new TRPCError({ code: "BAD_REQUEST", message: problem });
          return decodeInput(payload);
        },
      },
      output: outputTransformer,
    },
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
  if (error.code === "INTERNAL_SERVER_ERROR" && isConnectionFailure(error.cause))
    return "The database does not answer. Nothing stored is lost; try again in a moment.";
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
export const publicProcedure = t.procedure.meta({ maxInputBytes: PUBLIC_INPUT_BYTES }).use(translateErrors);

/**
 * Only with a session whose row is alive. Reading the cookie once is not enough on a socket, which may outlive the session by
 * days, so each call asks again (from a cache of a second or two that access events clear).
 */
export const protectedProcedure = publicProcedure.meta({ maxInputBytes: INPUT_BYTES }).use(async ({ ctx, type, next }) => {
  const session = await requireSession(ctx);
  if (type === "subscription" && !ctx.holdStream())
    throw new AppError("LIMIT", "Too many subscriptions over HTTP are open for this user; close some, or use a socket.");
  return next({ ctx: { session } });
});

/**
 * How large a request that asks for `paths` (as in its address, with commas between those of a batch) may be: what all of them may
 * take together. Known before a byte of it is read.
 */
export function maxInputBytes(router: AnyTRPCRouter, paths: string): number {
  const procedures: Record<string, { readonly _def?: { readonly meta?: unknown } } | undefined> = router._def.procedures;
  const metas = paths.split(",").map((path) => procedures[path]?._def?.meta as ProcedureMeta | undefined); // only our builders set one
  const sum = metas.reduce((bytes, meta) => bytes + (meta?.maxInputBytes ?? PUBLIC_INPUT_BYTES), 0);
  return Math.min(sum, largeInput.maxInputBytes);
}

/**
 * A row that was there when the caller came and is gone went with its account: an ended session keeps its row for as long as any cookie
 * names it.
 * @param notBefore no cached answer from before this moment is good enough; see `SessionReader.lookUp`
 * @throws TRPCError UNAUTHORIZED when nobody is signed in or the session has ended, with the reason
 */
export async function requireSession(ctx: Context, notBefore?: number): Promise<SessionInfo> {
  if (!ctx.session) throw toTRPCError(sessionIsOver(ctx.sessionEnd));
  const found = await ctx.sessions.lookUp(ctx.session.sessionId, notBefore);
  if (found === null || "ended" in found) throw toTRPCError(sessionIsOver(found?.ended ?? "accountDeleted"));
  return found;
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
