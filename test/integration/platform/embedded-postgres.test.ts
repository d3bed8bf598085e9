import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../../src/server/embedded-postgres.ts";
import { eventually } from "../../support/eventually.ts";
import { startProcess } from "../../support/process.ts";

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "embedded-"));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const own = (folder: { path: string }) => startProcess("test/support/postgres-owner.ts", {}, [folder.path]);
const USING = /using (\S+) (started|reused)/;

async function canConnect(url: string): Promise<boolean> {
  // Where nobody listens it is refused at once; a server that is there may be slow.
  const sql = postgres(url, { max: 1, connect_timeout: 30 });
  const works = await sql`select 1`.then(
    () => true,
    () => false,
  );
  await sql.end();
  return works;
}

test("processes that start at once on nothing share one server, and the last to leave stops it", async () => {
  await using folder = await temporaryFolder();
  await using one = own(folder);
  await using two = own(folder);
  await using three = own(folder);
  const found = await Promise.all([one, two, three].map((owner) => owner.waitFor(USING)));
  const urls = new Set(found.map(([, url]) => url));
  expect(urls.size).toBe(1);
  for (const [owner, fate] of [
    [two, "left running"],
    [one, "left running"],
    [three, "stopped"],
  ] as const) {
    owner.write("\n");
    await owner.exited;
    expect(owner.output()).toContain(fate);
  }
  expect(await canConnect([...urls][0] ?? "")).toBe(false);
});

test("after a hard kill the server is found again, and the dead owner does not count", async () => {
  await using folder = await temporaryFolder();
  await using killed = own(folder);
  const [, url = ""] = await killed.waitFor(USING);
  killed.kill("SIGKILL");
  await killed.exited;
  expect(await canConnect(url)).toBe(true);
  await using next = own(folder);
  expect((await next.waitFor(USING)).slice(1)).toEqual([url, "reused"]);
  next.write("\n");
  await next.waitFor(/stopped/);
});

test.each([
  ["at rest", "select 1"],
  ["while a session computes", "do $$ begin while clock_timestamp() < now() + interval '3 seconds' loop end loop; end $$"],
])("a server that was itself killed is started again on the same data (%s)", async (_, work) => {
  await using folder = await temporaryFolder();
  const first = await startEmbeddedPostgres({ dataDir: folder.path });
  const before = postgres(first.url, { max: 1 });
  await before`create table kept as select 1 as n`;
  // Asked, because root's data may lie elsewhere: where this checkout is in a folder that nobody else may enter.
  const [{ data_directory: cluster }] = await before<[{ data_directory: string }]>`show data_directory`;
  const working = before.unsafe(work).catch(() => {}); // its server goes
  await eventually(async () => {
    const watcher = postgres(first.url, { max: 1 });
    const seen = await watcher`select from pg_stat_activity where query = ${work}`;
    await watcher.end();
    return seen.length > 0;
  });
  const pid = Number((await readFile(join(cluster, "postmaster.pid"), "utf8")).split("\n")[0]);
  process.kill(pid, "SIGKILL");
  await eventually(async () => !(await canConnect(first.url)));
  const second = await startEmbeddedPostgres({ dataDir: folder.path });
  expect(second.reused).toBe(false);
  await working;
  await before.end({ timeout: 0 });
  const after = postgres(second.url, { max: 1 });
  expect(await after`select n from kept`).toEqual([{ n: 1 }]);
  await after.end();
  expect(await second.release()).toBe("stopped");
});

test("the last owner leaves the server running while somebody else's client is connected", async () => {
  await using folder = await temporaryFolder();
  const first = await startEmbeddedPostgres({ dataDir: folder.path });
  const foreign = postgres(first.url, { max: 1 });
  await foreign`select 1`;
  expect(await first.release()).toBe("left running");
  expect(await foreign`select 2 as n`).toEqual([{ n: 2 }]);
  await foreign.end();
  const second = await startEmbeddedPostgres({ dataDir: folder.path });
  expect(second.reused).toBe(true);
  expect(await second.release()).toBe("stopped");
});

test.runIf(process.getuid?.() === 0)("root's server works in a folder that no other user may enter", async () => {
  await using folder = await temporaryFolder();
  await chmod(folder.path, 0o700);
  const first = await startEmbeddedPostgres({ dataDir: join(folder.path, ".data") });
  expect(await canConnect(first.url)).toBe(true);
  expect(await first.release()).toBe("stopped");
});
