/** Turns what a driver says about an address it cannot use into one sentence for whoever set it. */
import { DrizzleQueryError } from "drizzle-orm/errors";
import { StartupError } from "./startup-error.ts";

/** The least that the SQL here relies on: what older servers lack is not worth a second code path. */
export const MIN_SERVER_VERSION = 15;

/**
 * How long a process that starts waits for a first answer; longer than the driver for a connection. A proxy whose server is gone takes
 * every connection and ends it, and the driver connects again and again, for ever.
 */
export const FIRST_ANSWER_MS = 15_000;

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_SILENT",
]);
/** What Postgres itself says of a connection that it ends or does not take: stopping, crashed, starting, full. */
const TURNED_AWAY = new Set(["57P01", "57P02", "57P03", "53300"]);

const codeOf = (error: unknown): string | undefined => {
  if (typeof error !== "object" || error === null) return undefined;
  // `localhost` has two addresses: Node then reports one error that holds one per address.
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if ("code" in error && typeof error.code === "string") return error.code;
  // Drizzle wraps what the driver said.
  return "cause" in error ? codeOf(error.cause) : undefined;
};

/** Only its driver says so; other codes may be about any other server that a procedure asks. */
const OF_THE_DRIVER = /^CONNECT(_TIMEOUT|ION_)/;

/** Whether something failed because the database could not be reached, and not because of what it was asked. */
export function isConnectionFailure(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return false;
  return TURNED_AWAY.has(code) || OF_THE_DRIVER.test(code) || (error instanceof DrizzleQueryError && UNREACHABLE.has(code));
}

/** What was said first, where others have wrapped it. */
function wordsOf(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return wordsOf(error.cause);
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

/**
 * The StartupError to show for `error`, which came from connecting to `url`; null when it is not about the connection, which it always is
 * as long as nothing was `answered` there. Names host, port, user and database, never the password.
 */
export function explainConnectionFailure(
  name: "DATABASE_URL" | "DIRECT_URL",
  url: string,
  error: unknown,
  answered: boolean,
): StartupError | null {
  const { hostname, port, username, pathname } = new URL(url);
  const server = `${hostname}:${port || "5432"}`;
  const database = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username) || "postgres";
  const code = codeOf(error);
  const say = (sentence: string) => new StartupError(sentence, { cause: error });
  if (code !== undefined && UNREACHABLE.has(code)) return say(`No Postgres answers at ${server}: start it, or correct ${name}.`);
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return say(`The host "${hostname}" in ${name} cannot be found: correct ${name}.`);
    case "28P01":
    case "28000":
      // The same code as for an unknown user; only the words tell.
      if (/no encryption/.test(wordsOf(error)))
        return say(`Postgres at ${server} takes no connection without TLS: add ?sslmode=require to ${name}.`);
      return say(`Postgres at ${server} refuses the user "${decodeURIComponent(username)}": correct user and password in ${name}.`);
    case "3D000":
      return say(`Postgres at ${server} has no database "${database}": create it, or correct ${name}.`);
    case "42501":
      return say(
        `The user "${decodeURIComponent(username)}" may not create tables in "${database}" at ${server}: grant it, or correct ${name}.`,
      );
    case "25006":
      return say(`Postgres at ${server} only reads, as a replica does: name the primary in ${name}.`);
    case "53300":
      return say(`Postgres at ${server} has no free connection: raise its max_connections or lower DATABASE_POOL_SIZE.`);
    case "42P07":
    case "42710":
      return say(
        `The database "${database}" at ${server} has tables of another version of Heliograph: use an empty one (in development: delete .data), or correct ${name}.`,
      );
    case "57P03":
      return say(`Postgres at ${server} is starting or stopping: try again in a moment.`);
    default:
      return answered ? null : say(`Postgres at ${server} cannot be used (${wordsOf(error)}): correct ${name}.`);
  }
}

export const tooOld = (name: string, version: string) =>
  new StartupError(`Postgres ${version} is too old: Heliograph needs ${MIN_SERVER_VERSION} or newer; upgrade it, or correct ${name}.`);
