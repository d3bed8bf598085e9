/**
 * One line per message on stdout: for people in development, JSON in production. Nothing that looks like a secret gets out,
 * whoever logs it: the values of telling keys are replaced, and the password in any URL is masked.
 */
import { inspect } from "node:util";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly format: "human" | "json";
  /** Where a finished line goes, line feed included. @default stdout */
  readonly write?: (line: string) => void;
  /** @default () => new Date() */
  readonly now?: () => Date;
}

type Level = "info" | "warn" | "error";

const SECRET_KEY = /secret|password|token|authorization|cookie|api-?key/i;
/** What a failed query was asked with: anybody's address, a password's hash. The query itself is code. */
const QUERY_VALUES = /\nparams: [\s\S]*$/;
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi;
/** Keeps a runaway value (a whole response body, a graph) from filling the disk. */
const MAX_TEXT = 4_000;
const MAX_CAUSES = 4;

function clean(key: string, value: unknown): unknown {
  if (SECRET_KEY.test(key)) return "[secret]";
  if (value instanceof Error) return errorText(value);
  if (typeof value === "string") return mask(value);
  if (typeof value === "bigint") return String(value);
  return value;
}

/**
 * An error with what caused it: that a query failed is said by one, and why by the other. Of an ordered shutdown where one thing after
 * another fails, each is told.
 */
export function errorText(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return mask(String(error));
  const inner = error instanceof SuppressedError ? [error.error, error.suppressed] : error instanceof AggregateError ? error.errors : [];
  const causes = [...inner, ...(error.cause === undefined ? [] : [error.cause])];
  const told = depth < MAX_CAUSES ? causes.map((cause) => `\ncaused by: ${errorText(cause, depth + 1)}`) : [];
  const { message, stack = message } = error;
  // The message by itself: what is to be left out ends where it ends, whatever a value looks like.
  const [name, ...frames] = stack.split(message);
  const text = frames.length === 0 || message === "" ? mask(stack) : name + mask(message) + cut(frames.join(message));
  return text + told.join("");
}

function mask(text: string): string {
  return cut(text.replace(URL_PASSWORD, "$1:[secret]@").replace(QUERY_VALUES, "\nparams: [left out]"));
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line) => void process.stdout.write(line));
  const now = options.now ?? (() => new Date());

  function log(level: Level, message: string, fields: LogFields): void {
    if (options.format === "json") {
      const entry = { time: now().toISOString(), level, message, ...fields };
      // The replacer sees nested keys too, so a secret two levels down is as safe as one at the top.
      write(`${JSON.stringify(entry, clean)}\n`);
      return;
    }
    const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${text(clean(key, value))}`);
    const mark = level === "info" ? "" : `${level}: `;
    write(`${now().toTimeString().slice(0, 8)} ${mark}${mask(message)}${pairs.join("")}\n`);
  }

  const create = (bound: LogFields): Logger => ({
    info: (message, fields) => log("info", message, { ...bound, ...fields }),
    warn: (message, fields) => log("warn", message, { ...bound, ...fields }),
    error: (message, fields) => log("error", message, { ...bound, ...fields }),
    child: (fields) => create({ ...bound, ...fields }),
  });
  return create({});
}

function text(value: unknown): string {
  if (typeof value === "string") return /\s/.test(value) && !value.includes("\n") ? JSON.stringify(value) : value;
  // Through JSON first: it is where nested secrets are taken out.
  return typeof value === "object" && value !== null
    ? inspect(JSON.parse(JSON.stringify(value, clean) ?? "null"), { breakLength: Number.POSITIVE_INFINITY, depth: 4 })
    : String(value);
}
