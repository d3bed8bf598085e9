/**
 * Who uses the embedded Postgres of one data folder, so that the last one out stops it and nobody stops it under another.
 *
 * Each user announces itself as a file `owner-<pid>`; whoever wants to stop the server announces that first, as `stopping-<pid>`,
 * and only then looks for other owners. A starter announces itself first and only then looks for stoppers. So of two processes
 * that meet, at least one sees the other: the stopper goes away, or the starter waits until the server is down and starts it anew.
 * Files of dead processes are ignored and removed; a file holds its process's start time, because ids are used again.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identifyProcess } from "./process-identity.ts";

type Mark = "owner" | "stopping";

const POLL_MS = 20;

export interface Owners {
  /** Announces this process; resolves when no other one is in the middle of stopping the server. */
  enter(): Promise<void>;
  /**
   * Takes this process's announcement back and calls `stop` when no other owner lives.
   * @returns false when another one does
   */
  leave(stop: () => Promise<void>): Promise<boolean>;
  /** How many other processes use the server now. */
  others(): Promise<number>;
}

/** @param folder is made when missing; everybody who shares the server must name the same one */
export function createOwners(folder: string): Owners {
  const mine = (mark: Mark) => join(folder, `${mark}-${process.pid}`);

  async function announce(mark: Mark): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeFile(mine(mark), identifyProcess(process.pid)?.startedAt ?? "");
  }

  async function othersWith(mark: Mark): Promise<number> {
    const names = await readdir(folder);
    let count = 0;
    for (const name of names) {
      const pid = Number(name.startsWith(`${mark}-`) ? name.slice(mark.length + 1) : Number.NaN);
      if (!Number.isInteger(pid) || pid === process.pid) continue;
      if (await isAlive(join(folder, name), pid)) count += 1;
    }
    return count;
  }

  return {
    async enter() {
      await announce("owner");
      while ((await othersWith("stopping")) > 0) await delay(POLL_MS);
    },
    async leave(stop) {
      await announce("stopping");
      try {
        await rm(mine("owner"), { force: true });
        if ((await othersWith("owner")) > 0) return false;
        await stop();
        return true;
      } finally {
        await rm(mine("stopping"), { force: true });
      }
    },
    others: () => othersWith("owner"),
  };
}

async function isAlive(file: string, pid: number): Promise<boolean> {
  const startedAt = await readFile(file, "utf8").catch(() => null);
  if (startedAt === null) return false; // taken back since the folder was listed
  const process = identifyProcess(pid);
  // An empty file is one that is being written right now: its process lives, or it will be seen as dead next time.
  if (process !== null && (startedAt === "" || process.startedAt === startedAt)) return true;
  await rm(file, { force: true });
  return false;
}
