/** What flows along edges, as it is stored: bounded, countable, and without what Postgres cannot hold. */
import { type Item, isUnsafeKey, type Json } from "#nodes/graph.ts";
import { itemsTooLarge, MAX_ITEMS, MAX_ITEMS_BYTES, megabytes } from "#nodes/limits.ts";

const PREVIEW_BYTES = 2_000;
const MAX_TEXT = 500;

export interface StoredItems {
  /** JSON text of the list. */
  readonly text: string;
  readonly count: number;
  readonly preview: string;
}

/**
 * @param what whose items they are, for the message: `what went into "Sum"`
 * @throws NodeFailure ITEMS_TOO_LARGE
 */
export function storeItems(items: readonly Item[], what: string): StoredItems {
  assertItemsFit(items.length, 0, what);
  const text = storableText([...items]);
  assertItemsFit(items.length, Buffer.byteLength(text), what);
  return { text, count: items.length, preview: cutBytes(text, PREVIEW_BYTES) };
}

/** @throws NodeFailure ITEMS_TOO_LARGE */
export function assertItemsFit(count: number, bytes: number, what: string): void {
  if (count > MAX_ITEMS) throw itemsTooLarge(`${what} is ${count} items, and ${MAX_ITEMS} is the most`);
  if (bytes > MAX_ITEMS_BYTES) {
    throw itemsTooLarge(`${what} is ${megabytes(bytes)} MB of JSON, and ${megabytes(MAX_ITEMS_BYTES)} MB is the most`);
  }
}

/** JSON text that Postgres takes: its text has no NUL and no half of a surrogate pair. They become U+FFFD. */
export function storableText(value: Json): string {
  const text = JSON.stringify(value);
  return /\\u0000|\\ud[89a-f]/.test(text) ? JSON.stringify(mapText(value, cleanString, cleanString)) : text;
}

/** A text for a column and an event alike, so that both read the same. */
export function storableLine(text: string): string {
  return cleanString(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
}

/**
 * Items as they may be sent to a browser: keys that could change a prototype must not get there, and somebody's API has a field
 * called "constructor". It gets a "_" at its end, in what is shown and nowhere else.
 */
export function presentable(items: readonly Item[]): Item[] {
  return items.map((item) =>
    mapText(
      item,
      (text) => text,
      (key) => (isUnsafeKey(key) ? `${key}_` : key),
    ),
  );
}

function mapText(value: Json, text: (value: string) => string, key: (name: string) => string): Json {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map((each) => mapText(each, text, key));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [key(name), mapText(each, text, key)]));
}

function cleanString(text: string): string {
  return text.replaceAll("\0", "\u{FFFD}").toWellFormed();
}

/** At most `max` bytes of UTF-8, without half a character at the end. */
function cutBytes(text: string, max: number): string {
  const bytes = Buffer.from(text.slice(0, max));
  if (bytes.length <= max) return bytes.toString();
  let end = max;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
