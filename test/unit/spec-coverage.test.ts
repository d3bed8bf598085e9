import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

/**
 * Guarantees have numbers (`HUB3`), defined at the start of a line in a SPEC.md below `src/`; test titles cite them in brackets. What is promised is
 * tested, and what is cited is promised. A module that does not exist has no SPEC.md and binds nobody.
 */
const ROOT = join(import.meta.dirname, "../..");
/** As in `- **HUB3** …`, `### HUB3 …` or `HUB3 …`. */
const DEFINITION = /^(?:[-*#\s]*)\**([A-Z]{2,5}\d+)\b/gm;
/** In a test's title: `test("[HUB3] …`, `it.each(…)("[LOG1] [LOG2] …`. */
const CITATION = /["'`]((?:\[[A-Z]{2,5}\d+(?:, ?[A-Z]{2,5}\d+)*\]\s*)+)/g;
const ID = /[A-Z]{2,5}\d+/g;

async function filesIn(folder: string, suffix: RegExp): Promise<string[]> {
  if (!existsSync(join(ROOT, folder))) return [];
  const entries = await readdir(join(ROOT, folder), { recursive: true });
  return entries.filter((name) => suffix.test(name)).map((name) => join(ROOT, folder, name));
}

const texts = (files: string[]) => Promise.all(files.map((file) => readFile(file, "utf8")));

const specs = await texts(await filesIn("src", /(^|\/)SPEC\.md$/));
const tests = await texts(await filesIn("test", /\.test\.tsx?$/));
const promised = new Set(specs.flatMap((text) => [...text.matchAll(DEFINITION)].map((match) => match[1] ?? "")));
const cited = new Set(tests.flatMap((text) => [...text.matchAll(CITATION)].flatMap((match) => match[1]?.match(ID) ?? [])));

test("every guarantee is cited by a test", () => {
  expect([...promised].filter((id) => !cited.has(id)).sort()).toEqual([]);
});

test("every guarantee that a test cites is written down", () => {
  expect([...cited].filter((id) => !promised.has(id)).sort()).toEqual([]);
});

test("the check itself finds ids", () => {
  expect([..."- **HUB3** one read\nLOG1 an event\n### WS4: dead".matchAll(DEFINITION)].map((match) => match[1])).toEqual([
    "HUB3",
    "LOG1",
    "WS4",
  ]);
  expect(
    ['test("[HUB3] [SUB2] joins", …)'].flatMap((text) => [...text.matchAll(CITATION)].flatMap((match) => match[1]?.match(ID))),
  ).toEqual(["HUB3", "SUB2"]);
  expect(specs.length === 0 || promised.size > 0).toBe(true);
});
