/**
 * Where in a JSON text a path like `nodes[3].parameters.url` stands, so that what is wrong with a file can be shown in the file.
 * The text must be JSON already; of a key that is there twice the last counts, as for whoever parses it.
 */
export interface JsonPlace {
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
}

/** The place of the value, or of the closest thing around it that is there. */
export function placeInJson(text: string, path: string): JsonPlace {
  let start = skipSpace(text, 0);
  for (const step of stepsOf(path)) {
    const next = text[start] === "{" ? findMember(text, start, step) : text[start] === "[" ? findElement(text, start, step) : null;
    if (next === null) break;
    start = next;
  }
  return { start, end: skipValue(text, start), line: lineAt(text, start) };
}

/** Where a text stops being JSON, from what the engine said about it; null when it did not say where. */
export function placeOfSyntaxError(text: string, message: string): JsonPlace | null {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return null;
  const start = Math.min(Number(position), Math.max(0, text.length - 1));
  return { start, end: start + 1, line: lineAt(text, start) };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** `nodes[3].parameters["a b"]` as nodes, 3, parameters, a b. */
function stepsOf(path: string): string[] {
  return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    quoted === undefined ? (index ?? name ?? "") : String(JSON.parse(quoted)),
  );
}

function findMember(text: string, open: number, name: string): number | null {
  let found: number | null = null;
  for (let at = skipSpace(text, open + 1); text[at] === '"'; at = skipComma(text, at)) {
    const keyEnd = skipValue(text, at);
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    if (JSON.parse(text.slice(at, keyEnd)) === name) found = value;
    at = skipValue(text, value);
  }
  return found;
}

function findElement(text: string, open: number, step: string): number | null {
  let index = 0;
  for (let at = skipSpace(text, open + 1); at < text.length && text[at] !== "]"; at = skipComma(text, at)) {
    if (String(index++) === step) return at;
    at = skipValue(text, at);
  }
  return null;
}

function skipComma(text: string, at: number): number {
  const next = skipSpace(text, at);
  return text[next] === "," ? skipSpace(text, next + 1) : next;
}

const skipSpace = (text: string, at: number) => matchEnd(/[\s\u{feff}]*/uy, text, at);
const skipString = (text: string, at: number) => matchEnd(/"(?:[^"\\]|\\.)*"/y, text, at);

function skipValue(text: string, start: number): number {
  if (text[start] === '"') return skipString(text, start);
  if (text[start] !== "{" && text[start] !== "[") return matchEnd(/[^\s,\]}]*/y, text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = skipString(text, at) - 1;
    else if (character === "{" || character === "[") depth++;
    else if ((character === "}" || character === "]") && --depth === 0) return at + 1;
  }
  return text.length;
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : text.length;
}
