import { execFile } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { startProcess } from "../../support/process.ts";

const ROOT = join(import.meta.dirname, "../../..");
const COPIED = ["src", "drizzle", "package.json", "tsconfig.json", "next.config.mjs", "postcss.config.mjs"];

/** A checkout of its own, whose files the test may break. */
async function copyProject() {
  const path = await realpath(await mkdtemp(join(tmpdir(), "project-")));
  for (const name of COPIED) await cp(join(ROOT, name), join(path, name), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(path, "node_modules"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** How many servers a `pnpm dev` has started and not ended. */
async function serversOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "ppid=,command="]);
  return stdout.split("\n").filter((line) => Number.parseInt(line, 10) === pid && line.includes("main.ts")).length;
}

test("pnpm dev restarts the server at an edit without refusing anybody, waits out a syntax error, and leaves in order", async () => {
  await using project = await copyProject();
  await using database = await createTestDatabase({ empty: true });
  await using dev = startProcess(join(project.path, "src/dev.ts"), { PORT: "0", DATABASE_URL: database.url });
  const [, port] = await dev.waitFor(/Heliograph {3}http:\/\/localhost:(\d+)/);
  expect(dev.output()).toMatch(/one@example\.com \/ heliograph/);
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/trpc/system.info`);
    return { status: response.status, instance: /"instanceId":"(\w+)"/.exec(await response.text())?.[1] };
  };
  const edited = join(project.path, "src/server/metrics.ts");
  const before = await ask();
  expect(before.status).toBe(200);

  await appendFile(edited, "\n// edited\n");
  const statuses = new Set<number>();
  await eventually(
    async () => {
      const now = await ask();
      statuses.add(now.status);
      return now.instance !== before.instance;
    },
    { timeoutMs: 90_000, what: "the edited server" },
  );
  expect([...statuses]).toEqual([200]);

  const good = await readFile(edited, "utf8");
  await writeFile(edited, `${good}\nconst = ;\n`);
  await eventually(async () => (await ask()).status === 503, { timeoutMs: 90_000, what: "the page that says the server has stopped" });
  expect(dev.output()).toMatch(/SyntaxError/);
  await writeFile(edited, good);
  await eventually(async () => (await ask()).status === 200, { timeoutMs: 90_000, what: "the repaired server" });

  dev.kill("SIGINT");
  dev.kill("SIGTERM");
  expect(await dev.exited).toBe(0);
});

test("an open page's hot reload comes back after a restart, before anything else was asked of the new server", async () => {
  await using database = await createTestDatabase({ empty: true });
  await using dev = startProcess("src/dev.ts", { PORT: "0", DATABASE_URL: database.url });
  const [, port] = await dev.waitFor(/Heliograph {3}http:\/\/localhost:(\d+)/);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/_next/hmr?id=test`);
  await once(socket, "open");
  socket.close();
  dev.kill("SIGINT");
  expect(await dev.exited).toBe(0);
});

test("edits that come one upon the other never make two servers, and the last one is served", async () => {
  await using project = await copyProject();
  // With a Postgres of its own, which is asked for before each start: that is when an edit may come between.
  await using dev = startProcess(join(project.path, "src/dev.ts"), { PORT: "0" });
  const [, port] = await dev.waitFor(/Heliograph {3}http:\/\/localhost:(\d+)/);
  const edited = join(project.path, "src/server/http.ts");
  const source = await readFile(edited, "utf8");
  let edits = 0;
  let most = 0;
  await eventually(
    async () => {
      await writeFile(edited, source.replace('"ok"', `"ok ${++edits}"`));
      most = Math.max(most, await serversOf(dev.pid));
      return edits === 60;
    },
    { timeoutMs: 90_000, intervalMs: 60, what: "60 edits" },
  );
  expect(most).toBe(1);
  await eventually(async () => (await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()) === "ok 60\n", {
    timeoutMs: 90_000,
    what: "the last edit",
  });
  expect(await serversOf(dev.pid)).toBe(1);
  dev.kill("SIGINT");
  expect(await dev.exited).toBe(0);
});
