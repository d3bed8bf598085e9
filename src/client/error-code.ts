import { TRPCClientError } from "@trpc/client";

/** The server's word for what went wrong ("NOT_FOUND"); null when it was not the server that refused. */
export function errorCode(error: Error): string | null {
  if (!(error instanceof TRPCClientError)) return null;
  const data: unknown = error.data;
  return typeof data === "object" && data !== null && "code" in data && typeof data.code === "string" ? data.code : null;
}

/** Whether a thing is not there for this reader: deleted, not shared with them, or an address that names nothing. */
export function isMissing(error: Error): boolean {
  const code = errorCode(error);
  return code === "NOT_FOUND" || code === "FORBIDDEN" || code === "BAD_REQUEST";
}
