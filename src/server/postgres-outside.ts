/**
 * Binaries and data of the embedded Postgres for projects whose folder its user may not enter: they move to /var/lib, which root,
 * the only one who gets here, may write to.
 */
import { createHash, randomUUID } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { identifyProcess } from "./process-identity.ts";

const OUTSIDE = "/var/lib/heliograph";
/** In each folder there: which folder of which project it stands in for. */
const ORIGIN = "origin";

/**
 * Where `native` and `dataDir` are instead; both exist then. The data's folder is named for a random id kept in `dataDir`, so deleting
 * that (or the clone) still means a fresh database, although the old one lies elsewhere; what so lost its project is deleted here.
 */
export async function moveOutside(native: string, dataDir: string): Promise<{ native: string; dataDir: string }> {
  await mkdir(OUTSIDE, { recursive: true });
  await sweep();
  const idFile = join(dataDir, "outside-id");
  await writeFile(idFile, randomUUID(), { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const folder = join(OUTSIDE, `data-${await readFile(idFile, "utf8")}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ORIGIN), dataDir);
  return { native: await copyNative(native), dataDir: folder };
}

/** Copies the binaries (60 MB) once per version; a half-made copy never has the final name. */
async function copyNative(native: string): Promise<string> {
  const manifest = await readFile(join(native, "../package.json"));
  const version = createHash("sha256").update(native).update(manifest).digest("hex").slice(0, 12);
  const target = join(OUTSIDE, `native-${version}`);
  if (await exists(target)) return target;
  const temporary = await mkdtemp(join(OUTSIDE, "copy-"));
  await cp(native, temporary, { recursive: true, verbatimSymlinks: true });
  await writeFile(join(temporary, ORIGIN), native);
  await chmod(temporary, 0o755);
  await renameOrDrop(temporary, target);
  return target;
}

/** Deletes what belongs to clones that are gone, unless its server still runs. */
async function sweep(): Promise<void> {
  for (const name of await readdir(OUTSIDE)) {
    const folder = join(OUTSIDE, name);
    const origin = await readFile(join(folder, ORIGIN), "utf8").catch(() => null);
    if (origin === null) continue; // being made right now
    const [kind, id] = [name.slice(0, name.indexOf("-")), name.slice(name.indexOf("-") + 1)];
    const wanted = kind === "data" ? (await readFile(join(origin, "outside-id"), "utf8").catch(() => "")) === id : await exists(origin);
    if (!wanted && !(await isServing(folder))) await rm(folder, { recursive: true, force: true });
  }
}

async function isServing(folder: string): Promise<boolean> {
  const clusters = (await readdir(folder)).filter((name) => name.startsWith("pg"));
  for (const cluster of clusters) {
    const pid = Number((await readFile(join(folder, cluster, "postmaster.pid"), "utf8").catch(() => "")).split("\n")[0]);
    if (identifyProcess(pid)?.command.includes(folder)) return true;
  }
  return false;
}

/** Gives a finished folder its name; of two makers the first wins and the other's is deleted. */
export async function renameOrDrop(temporary: string, target: string): Promise<void> {
  try {
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
