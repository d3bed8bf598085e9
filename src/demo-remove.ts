/**
 * `pnpm demo:remove`: takes the workflow demo out of this checkout, and itself.
 *
 * The demo is whole folders, the lines that end with the word demo in a comment, and the blocks between two such comments. Tests
 * that need what is gone go too; so do packages that nothing else imports. Other source that needs it is a reason to refuse,
 * before anything is touched. What stays: engine, accounts, access, presence's engine, jobs, the interface's parts, the counter.
 */
import "./require-node.mjs";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";

const ROOT = join(import.meta.dirname, "..");

const DEMO = [
  "src/demo.ts",
  "src/demo-remove.ts",
  "src/nodes",
  "src/features/workflow",
  "src/features/execution",
  "src/features/presence",
  "src/app/(main)/workflows",
  "src/app/(main)/runs",
  "src/app/api/sample",
  "src/ui/canvas.css",
  ...["workflow", "execution", "nodes", "presence"].flatMap((name) => [`test/unit/${name}`, `test/integration/${name}`]),
  "test/support/workflows.ts",
  "test/support/runs.ts",
  "test/support/worker-process.ts",
  "test/e2e/support/pages.ts",
  "test/e2e/support/received-events.ts",
  "test/e2e/support/workflows.ts",
  "test/load/rows/start-of-a-run.ts",
  "test/load/rows/presence.ts",
  ".github/screenshot.png",
];
/** Made anew, or known to be of the demo: Next's folders hold types of pages that are gone. */
const MADE = ["drizzle/meta", ".next", ".next-tsconfig", "tsconfig.tsbuildinfo"];

const CODE = /\.(ts|tsx|mjs|css)$/;
const MARKED = /\.(ts|tsx|mjs|css|md|yml|yaml)$|^\.ci\/|^Dockerfile$|^\.(docker|git)ignore$|^\.env\.example$/;
const MARKED_LINE = /(\/\/|#|<!--) demo( -->)?$/;
const BLOCK_BEGINS = /^\s*(\/\/|#|<!--) demo begins( -->)?$/;
const BLOCK_ENDS = /^\s*(\/\/|#|<!--) demo ends( -->)?$/;
/** At the start of a line, or a call: a text that only looks like one, in a test, is neither. */
const IMPORT = /(?:^@?(?:import|export)\b[^"';]*|\bimport\(\s*)["']([^"']+)["']/gm;

interface Plan {
  /** Files that go. */
  readonly gone: ReadonlySet<string>;
  /** Tests among them that go only because they need the others. */
  readonly tests: readonly string[];
  /** Files that stay, with other text. */
  readonly changed: ReadonlyMap<string, string>;
  /** Packages that only the demo imports. */
  readonly packages: readonly string[];
}

class Refusal extends Error {}

function plan(files: readonly string[]): Plan {
  const gone = new Set(files.filter((file) => DEMO.some((path) => file === path || file.startsWith(`${path}/`))));
  const before = new Map(files.filter((file) => MARKED.test(file)).map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
  const after = new Map([...before].map(([file, text]) => [file, withoutMarks(file, text)]));
  const needs = new Map([...after].filter(([file]) => CODE.test(file)).map(([file, text]) => [file, importsOf(file, text)]));

  const tests: string[] = [];
  const needsGone = (file: string) => !gone.has(file) && [...(needs.get(file) ?? [])].some((target) => gone.has(target));
  for (let found = true; found; ) {
    const next = [...needs.keys()].filter((file) => file.startsWith("test/") && needsGone(file));
    for (const file of next) gone.add(file);
    tests.push(...next);
    found = next.length > 0;
  }
  const stuck = [...needs.keys()].filter((file) => needsGone(file));
  if (stuck.length > 0) {
    throw new Refusal(`These files use the demo and are not part of it. Change them first; nothing was touched.\n${list(stuck)}`);
  }
  const staying = [...needs].filter(([file]) => !gone.has(file));
  const changed = new Map([...after].filter(([file, text]) => !gone.has(file) && text !== before.get(file)));
  const packagesOf = (entries: Iterable<readonly [string, ReadonlySet<string>]>) =>
    new Set([...entries].flatMap(([, names]) => [...names]));
  const still = packagesOf(staying);
  const was = packagesOf([...before].filter(([file]) => CODE.test(file)).map(([file, text]) => [file, importsOf(file, text)] as const));
  const manifest = readManifest();
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
    (name) => was.has(name) && !still.has(name),
  );
  return { gone, tests, changed, packages };
}

function withoutMarks(file: string, text: string): string {
  let inside = false;
  const kept = text.split("\n").filter((line) => {
    const wasInside = inside;
    if (BLOCK_BEGINS.test(line)) inside = true;
    else if (BLOCK_ENDS.test(line)) inside = false;
    return !(wasInside || inside || MARKED_LINE.test(line.trimEnd()));
  });
  if (inside) throw new Refusal(`A block of the demo in ${file} has no end. Nothing was touched.`);
  return kept.join("\n");
}

/** Files by their path in the project, and packages by name. */
function importsOf(file: string, text: string): Set<string> {
  const targets = [...text.matchAll(IMPORT)].map(([, target = ""]) => {
    if (target.startsWith("#")) return `src/${target.slice(1)}`;
    if (target.startsWith(".")) return posix.join(posix.dirname(file), target);
    return target.split("/", target.startsWith("@") ? 2 : 1).join("/");
  });
  return new Set(targets);
}

function apply({ gone, changed, packages }: Plan): void {
  for (const file of gone) rmSync(join(ROOT, file));
  for (const path of [...DEMO, ...MADE]) rmSync(join(ROOT, path), { recursive: true, force: true });
  for (const file of gone) removeIfEmpty(dirname(file));
  for (const [file, text] of changed) writeFileSync(join(ROOT, file), text);

  const manifest = readManifest();
  delete manifest.scripts["demo:remove"];
  for (const name of packages) {
    delete manifest.dependencies[name];
    delete manifest.devDependencies[name];
  }
  writeFileSync(join(ROOT, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

  for (const file of readdirSync(join(ROOT, "drizzle"))) if (file.endsWith(".sql")) rmSync(join(ROOT, "drizzle", file));
  pnpm("exec", "drizzle-kit", "generate", "--config", "drizzle/config.ts", "--name", "initial");
  // Lists that have lost a line may fit on one now.
  pnpm("exec", "biome", "format", "--write", ...[...changed.keys()].filter((file) => CODE.test(file)));
  pnpm("install", "--no-frozen-lockfile");
}

function removeIfEmpty(folder: string): void {
  const path = join(ROOT, folder);
  if (folder === "." || !existsSync(path) || readdirSync(path).length > 0) return;
  rmSync(path, { recursive: true });
  removeIfEmpty(dirname(folder));
}

interface Manifest {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

function readManifest(): Manifest {
  // Our own package.json, which has all three.
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
}

/** The pnpm that runs this script, or the one that npx finds. */
function pnpm(...args: string[]): void {
  const self = process.env.npm_execpath;
  const [command, first] = self?.match(/\.[cm]?js$/) ? [process.execPath, [self]] : self ? [self, []] : ["npx", ["-y", "pnpm"]];
  const env = { ...process.env, npm_config_verify_deps_before_run: "false", pnpm_config_verify_deps_before_run: "false" };
  execFileSync(command, [...first, ...args], { cwd: ROOT, env, stdio: ["ignore", "ignore", "inherit"] });
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function listFiles(): string[] {
  const skipped = new Set(["node_modules", ".git", ".data"]);
  const walk = (folder: string): string[] =>
    readdirSync(join(ROOT, folder)).flatMap((name) => {
      if (skipped.has(name) || name.startsWith(".next")) return [];
      const path = join(folder, name);
      return statSync(join(ROOT, path)).isDirectory() ? walk(path) : [relative(".", path).split(sep).join("/")];
    });
  return walk("");
}

function refuseUnlessKept(): void {
  let changes: string;
  try {
    changes = git("status", "--porcelain");
  } catch {
    throw new Refusal("This is no git checkout, so nothing could bring the demo back: commit it first, or add --force.");
  }
  if (changes !== "") throw new Refusal("There are changes that are not committed: commit them first, or add --force.");
}

const list = (paths: readonly string[]) => paths.map((path) => `  ${path}`).join("\n");
const say = (text: string) => process.stdout.write(`${text}\n`);

try {
  if (!process.argv.includes("--force")) refuseUnlessKept();
  const all = plan(listFiles());
  apply(all);
  const [migration] = readdirSync(join(ROOT, "drizzle")).filter((file) => file.endsWith(".sql"));
  say(`
The demo is gone: ${all.gone.size} files deleted, ${all.changed.size} changed, and drizzle/${migration} makes the tables that are left.
Packages that nothing else used: ${all.packages.join(", ") || "none"}.
Tests that needed the demo and went with it:
${list(all.tests) || "  none"}

What to do next:
  1. rm -rf .data            development's database still has the demo's tables
  2. npx -y pnpm test        and look at the changes with: git status
  3. git add -A && git commit -m "Remove the demo"
  4. npx -y pnpm dev         the counter is what is left to copy: src/features/counter`);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
