/** What a failed call is to a page: tRPC's own error, or whatever else went wrong on the way. */
export type CallError = Pick<Error, "message"> & { readonly cause?: unknown; readonly data?: unknown };

/** What a call fails with that was not even sent, because this client has no network. */
export class OfflineError extends Error {
  constructor() {
    super("You are offline.");
  }
}

/** Whether it was never sent: what it asked for has not happened, and will not. */
export function isUnsent({ cause }: CallError): boolean {
  return cause instanceof OfflineError;
}

/** The server's word for what went wrong ("NOT_FOUND"); null when it was not the server that refused. */
export function errorCode({ data }: CallError): string | null {
  return typeof data === "object" && data !== null && "code" in data && typeof data.code === "string" ? data.code : null;
}

/** Whether a thing is not there for this reader: deleted, not shared with them, or an address that names nothing. */
export function isMissing(error: CallError): boolean {
  const code = errorCode(error);
  return code === "NOT_FOUND" || code === "FORBIDDEN" || code === "BAD_REQUEST";
}

/** Why a call failed, in words: the server's, that it did not answer, or that it was not asked. */
export function errorText(error: CallError): string {
  if (isUnsent(error)) return "You are offline.";
  return errorCode(error) === null ? "The server did not answer." : error.message;
}

/** Why access to a thing was taken while it was open ("removed", "deleted"); null when the refusal did not say. */
export function accessReason({ data }: CallError): string | null {
  return typeof data === "object" && data !== null && "reason" in data && typeof data.reason === "string" ? data.reason : null;
}

/** Whether it was refused only because nobody is signed in: what is shown stays, and goes on once they are again. */
export function isSignedOut(error: CallError): boolean {
  return errorCode(error) === "UNAUTHORIZED";
}

/** Strings that the server sent along with a refusal, under this name. */
export function errorDetails({ data }: CallError, name: string): readonly string[] {
  if (typeof data !== "object" || data === null || !("details" in data)) return [];
  const { details } = data;
  if (typeof details !== "object" || details === null) return [];
  const value: unknown = Object.entries(details).find(([key]) => key === name)?.[1];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
