/**
 * Which inputs are taken apart at all, over HTTP and over sockets.
 *
 * superjson's annotations let a small text stand for a large value: a reference makes one object appear in many places (twenty
 * of them, each within the next, a million times) or inside itself, and a bigint costs the square of its length. Nothing that is
 * validated after that can be quick, so these are refused before. What an input needs are dates and undefined.
 */
import superjson, { type SuperJSONResult } from "superjson";

const ALLOWED_TYPES: readonly unknown[] = ["Date", "undefined"];
const MAX_ANNOTATIONS = 1_000;

/** Why the transformed input `payload` is not to be decoded; null when it may be. */
export function inputProblem(payload: unknown): string | null {
  if (payload === undefined) return null;
  if (!isRecord(payload)) return 'An input is sent as superjson writes it: { "json": … }.';
  const { meta } = payload;
  if (meta === undefined) return null;
  if (!isRecord(meta)) return "The input's superjson annotations are not valid.";
  if (meta.referentialEqualities !== undefined)
    return "An input may not hold one object in two places (superjson's referentialEqualities): send copies of it.";
  return meta.values === undefined ? null : annotationProblem(meta.values);
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
