/**
 * Which inputs are taken apart at all, over HTTP and over sockets.
 *
 * superjson's annotations let a small text stand for a large value: a reference makes one object appear in many places (twenty
 * of them, each within the next, a million times) or inside itself, and a bigint costs the square of its length. Nothing that is
 * validated after that can be quick, so these are refused before. What an input needs are dates and undefined. Deep nesting is
 * refused as well: what walks through it by recursion, as validation does, would run out of stack.
 */
import superjson, { type SuperJSONResult } from "superjson";

const ALLOWED_TYPES: readonly unknown[] = ["Date", "undefined"];
const MAX_ANNOTATIONS = 1_000;
/** Far more than anything that is sent, and far less than a stack holds. */
const MAX_DEPTH = 200;

/** Why the transformed input `payload` is not to be decoded; null when it may be. */
export function inputProblem(payload: unknown): string | null {
  if (payload === undefined) return null;
  if (!isRecord(payload)) return 'An input is sent as superjson writes it: { "json": … }.';
  const { json, meta } = payload;
  if (isTooDeep(json)) return `An input may be nested at most ${MAX_DEPTH} levels deep.`;
  if (meta === undefined) return null;
  if (!isRecord(meta)) return "The input's superjson annotations are not valid.";
  if (meta.referentialEqualities !== undefined)
    return "An input may not hold one object in two places (superjson's referentialEqualities): send copies of it.";
  return meta.values === undefined ? null : annotationProblem(meta.values);
}

function isTooDeep(json: unknown): boolean {
  let level: unknown[] = [json];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
  }
  return level.length > 0;
}

/** superjson writes `[type]` for the whole value, or `{ path: [type] }`; only what it takes to hold other values nests deeper. */
function annotationProblem(values: unknown): string | null {
  if (isAllowed(values)) return null;
  const annotations = isRecord(values) ? Object.values(values) : null;
  if (!annotations?.every(isAllowed)) return "An input may hold JSON, dates and undefined; send everything else as one of these.";
  return annotations.length > MAX_ANNOTATIONS ? `An input may hold at most ${MAX_ANNOTATIONS} dates and undefined values.` : null;
}

function isAllowed(annotation: unknown): boolean {
  return Array.isArray(annotation) && annotation.length === 1 && ALLOWED_TYPES.includes(annotation[0]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** In place, since nobody else has the parsed text. `payload` must have no `inputProblem`. */
export function decodeInput(payload: unknown): unknown {
  // Without a problem it has superjson's shape.
  return payload === undefined ? undefined : superjson.deserialize(payload as SuperJSONResult, { inPlace: true });
}
