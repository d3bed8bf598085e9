import type { TRPCClientErrorLike } from "@trpc/client";
import { errorText } from "#client/error-code.ts";
import type { AppRouter } from "../../../router.ts";

export type ApiError = TRPCClientErrorLike<AppRouter>;

/** Why the server did not do what a form asked for: said beside the fields it is about, or else once for all of it. */
export interface Refusal {
  readonly text: string | null;
  readonly fields: Readonly<Record<string, string>>;
}

const none: Refusal = { text: null, fields: {} };

export function refusalOf(error: ApiError | null): Refusal {
  if (!error) return none;
  const issues = error.data?.issues ?? [];
  const fields = Object.fromEntries(issues.map(({ path, message }) => [path[0] ?? "", message]));
  return issues.length > 0 ? { text: null, fields } : { text: errorText(error), fields };
}

/** A word for what exactly was refused, where the server gives one: `detailOf(error, "link") === "over"`. */
export function detailOf(error: ApiError | null, name: string): string | null {
  const detail = error?.data?.details?.[name];
  return typeof detail === "string" ? detail : null;
}
