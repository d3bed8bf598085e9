/** What of the image can be said without building it; `test/production` starts what it would hold. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { instructionsOf, stagesOf } from "../production/dockerfile.ts";

const ROOT = join(import.meta.dirname, "../..");
const [build = [], image = []] = stagesOf(instructionsOf(await readFile(join(ROOT, "Dockerfile"), "utf8")));
const argsOf = (stage: typeof build, name: string) => stage.filter((instruction) => instruction.name === name).map(({ args }) => args);

test("every file it copies exists, and none of them is kept out of the build", async () => {
  const ignored = (await readFile(join(ROOT, ".dockerignore"), "utf8")).split("\n").filter(Boolean);
  const fromHere = argsOf(build, "COPY").flatMap((args) => args.slice(0, -1));
  const made = ["node_modules", ".next"];
  const fromBuild = argsOf(image, "COPY").flatMap((args) => args.slice(0, -1).map((path) => path.replace("/app/", "")));
  const needed = [...fromHere, ...fromBuild].filter((path) => path !== "." && !made.includes(path));
  expect(needed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(needed.filter((path) => ignored.includes(path))).toEqual([]);
  // Secrets and other people's builds stay outside.
  expect(ignored).toEqual(expect.arrayContaining([".env*", ".git", "node_modules", ".next*", ".data"]));
});

test("it runs the Node that is tested, as nobody, and gets the signal itself", async () => {
  const { devDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const major = Number.parseInt(devDependencies.node, 10);
  for (const stage of [build, image]) expect(stage[0]?.args[0]).toBe(`node:${major}-slim`);
  expect(argsOf(image, "USER")).toEqual([["node"]]);
  expect(argsOf(image, "STOPSIGNAL")).toEqual([["SIGTERM"]]);
  expect(image.at(-1)?.text).toBe('CMD ["node", "src/main.ts"]');
});
