import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { checkBoundaries, FEATURES, LAYERS } from "../support/boundaries.ts";

const ROOT = join(import.meta.dirname, "../..");
/** What a reader can hold in the head; the engines' promise. Whoever clones this writes pages as long as they like. */
const MAX_LINES = 300;
const ENGINES = ["realtime", "ws"];

async function sourceFiles(folder = "src"): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

test("a file imports only its own layer and lower ones, and features meet through their public files", async () => {
  const report = await checkBoundaries(ROOT);
  expect(report.violations).toEqual([]);
  expect(report.unresolved).toEqual([]);
});

test("the check has seen every file, and every folder has its place in the order", async () => {
  const files = await sourceFiles();
  const report = await checkBoundaries(ROOT);
  // Some versions of its parser see nothing at all and report no violation.
  expect(report.seen).toBeGreaterThanOrEqual(files.length);
  expect(files.filter((file) => !report.sources.includes(file))).toEqual([]);
  const folders = (path: string) =>
    readdir(join(ROOT, path), { withFileTypes: true }).then((entries) => entries.filter((e) => e.isDirectory()).map((e) => e.name));
  const newLayers = (await folders("src")).filter((name) => !LAYERS.some((layer) => layer === name));
  expect(newLayers, "name them in LAYERS of test/support/boundaries.ts").toEqual([]);
  const newFeatures = (await folders("src/features")).filter((name) => !FEATURES.some((feature) => feature === name));
  expect(newFeatures, "name them in FEATURES of test/support/boundaries.ts").toEqual([]);
});

test("files of the engines stay short", async () => {
  const long: string[] = [];
  for (const file of (await sourceFiles()).filter((path) => ENGINES.some((engine) => path.startsWith(`src/${engine}/`)))) {
    const lines = (await readFile(join(ROOT, file), "utf8")).trimEnd().split("\n").length;
    if (lines > MAX_LINES) long.push(`${file}: ${lines} lines`);
  }
  expect(long).toEqual([]);
});

test("[SUB4] subscriptions are made in the two files whose functions demand a guard, and nowhere else", async () => {
  const makers: string[] = [];
  for (const file of await sourceFiles()) if ((await readFile(join(ROOT, file), "utf8")).includes(".subscription(")) makers.push(file);
  expect(makers.sort()).toEqual(["src/server/live-room.ts", "src/server/live.ts"]);
});

/** One file that breaks one rule, and what it imports. */
const planted: { rule: string; file: string; text: string }[] = [
  { rule: "server-imports-only-lower-layers", file: "server/a.ts", text: 'import "#features/account/index.ts";' },
  { rule: "server-imports-only-lower-layers", file: "server/a.ts", text: 'import type {} from "../features/account/index.ts";' },
  { rule: "account-uses-only-features-to-its-left", file: "features/account/a.ts", text: 'import "#features/counter/index.ts";' },
  { rule: "no-cycles", file: "ui/a.ts", text: 'import "./b.ts";' },
  { rule: "realtime-stands-alone", file: "realtime/a.ts", text: 'import "@trpc/server";' },
  { rule: "ws-gets-router-and-limits-handed-in", file: "ws/a.ts", text: 'import "#server/a.ts";' },
  { rule: "ui-imports-only-itself", file: "ui/c.tsx", text: 'import "#realtime/topic.ts";' },
  { rule: "browser-safe-files-stay-so", file: "features/counter/events.ts", text: 'import "node:fs";' },
  { rule: "features-meet-through-their-public-files", file: "features/system/a.ts", text: 'import "#features/counter/service.ts";' },
  { rule: "services-do-not-know-trpc", file: "features/counter/service.ts", text: 'import "@trpc/server";' },
  { rule: "services-do-not-know-the-interface", file: "features/counter/service.ts", text: 'import "#client/a.ts";' },
  { rule: "client-imports-only-lower-layers", file: "client/a.ts", text: 'import "#router.ts";' },
  { rule: "browsers-never-run-server-code", file: "features/counter/ui/a.tsx", text: 'import "../service.ts";' },
  { rule: "pages-reach-the-server-through-one-door", file: "app/page.tsx", text: 'import "#server/a.ts";' },
  { rule: "nothing-imports-a-process", file: "router.ts", text: 'import "./main.ts";' },
];

/** A small tree that keeps all rules. */
const innocent: Record<string, string> = {
  "main.ts": 'import "./router.ts";',
  "router.ts": 'import "#features/counter/index.ts";',
  "server/a.ts": 'import "#realtime/topic.ts";',
  "server/next.ts": "",
  "realtime/topic.ts": 'import type { z } from "zod";',
  "client/a.ts": 'import type {} from "../router.ts"; import "#realtime/topic.ts";',
  "ui/b.ts": 'import "./a.ts";',
  "ui/a.ts": "",
  "features/account/index.ts": "",
  "features/counter/index.ts": 'export * from "./service.ts";',
  "features/counter/service.ts": 'import "#features/account/index.ts"; import "#server/a.ts";',
  "features/counter/events.ts": 'import "#realtime/topic.ts"; import "zod";',
  "features/counter/ui/a.tsx": 'import "../events.ts"; import "#client/a.ts"; import type {} from "../service.ts";',
  "app/page.tsx": 'import "#server/next.ts"; import "#features/counter/ui/a.tsx";',
};

async function checkTree(files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "boundaries-"));
  try {
    await cp(join(ROOT, "package.json"), join(folder, "package.json"));
    for (const name of ["zod", "@trpc/server"]) {
      await mkdir(join(folder, "node_modules", name), { recursive: true });
      await writeFile(join(folder, "node_modules", name, "package.json"), JSON.stringify({ name, exports: "./index.js" }));
      await writeFile(join(folder, "node_modules", name, "index.js"), "");
    }
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(folder, "src", dirname(path)), { recursive: true });
      await writeFile(join(folder, "src", path), text);
    }
    return await checkBoundaries(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a tree that keeps the rules passes", async () => {
  const report = await checkTree(innocent);
  expect(report).toMatchObject({ violations: [], unresolved: [] });
  expect(report.sources).toHaveLength(Object.keys(innocent).length);
});

test.each(planted)("$rule finds the violation planted in $file", async ({ rule, file, text }) => {
  const report = await checkTree({ ...innocent, [file]: text });
  expect(report.violations.join("\n")).toContain(`${rule}: src/${file} -> `);
});
