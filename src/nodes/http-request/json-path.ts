/**
 * `data.pages[0].next`: names and indexes only. An expression language here would run users' code on the event loop for the
 * sake of one field.
 */
import type { Json } from "../graph.ts";

/** What stands at `path` in `value`, or undefined. An empty path is the value itself. */
export function valueAt(value: Json, path: string): Json | undefined {
  let at: Json | undefined = value;
  for (const [, name, index] of path.matchAll(/([\w$-]+)|\[(\d+)\]/g)) {
    if (at === null || typeof at !== "object") return undefined;
    if (index !== undefined) at = Array.isArray(at) ? at[Number(index)] : undefined;
    // Own properties only: "constructor" is no answer of a server.
    else at = !Array.isArray(at) && name !== undefined && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}
