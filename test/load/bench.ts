/**
 * `pnpm bench [row…]`: figures of this machine, and ratios of figures taken in the same run. It gates nothing.
 *
 * Every file in `rows/` is a row; each gets a database of its own on a Postgres in `.data/bench` with its usual, durable settings.
 * The result is a table here and a file in `test-results/bench/`. Compare ratios between machines, not figures.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { migrateDatabase } from "../../src/migrate.ts";
import { startEmbeddedPostgres } from "../../src/server/embedded-postgres.ts";
import type { Bench, Figure, Row } from "./row.ts";
import { startLoadServer } from "./server-handle.ts";

const ROOT = join(import.meta.dirname, "../..");
const RESULTS = join(ROOT, "test-results/bench");
const TIMEOUT_MS = 90_000;

interface Result {
  readonly row: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly error?: string;
}

const wanted = process.argv.slice(2).filter((name) => !name.startsWith("-"));
const names = (await readdir(join(import.meta.dirname, "rows"))).map((file) => file.replace(/\.ts$/, "")).sort();
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(", ")}; there are ${names.join(", ")}.`);
  process.exit(1);
}

const cluster = await startEmbeddedPostgres({
  dataDir: join(ROOT, ".data/bench"),
  database: "postgres",
  settings: { max_connections: "200" },
});
const results: Result[] = [];
try {
  for (const name of names) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    // A file of rows/, whose default export is a row.
    const { default: row } = (await import(`./rows/${name}.ts`)) as { default: Row };
    const result = await measure(name, row);
    results.push(result);
    console.log(format(result));
  }
} finally {
  await cluster.release();
}

const [cpu] = cpus();
const machine = {
  processor: cpu?.model ?? "unknown",
  threads: availableParallelism(),
  memoryGB: Math.round(totalmem() / 1e9),
  node: process.version,
};
await mkdir(RESULTS, { recursive: true });
const file = join(RESULTS, `${new Date().toISOString().replaceAll(":", "-")}.json`);
await writeFile(file, `${JSON.stringify({ at: new Date(), machine, results }, null, 2)}\n`);
console.log(`\n${machine.threads} x ${machine.processor}, Node ${machine.node}. Written to ${file}`);
process.exit(results.some(({ error }) => error !== undefined) ? 1 : 0);

async function measure(name: string, row: Row): Promise<Result> {
  const database = `bench_${name.replaceAll("-", "_")}_${process.pid}`;
  const databaseUrl = new URL(`/${database}`, cluster.url).href;
  await administer((sql) => sql`create database ${sql(database)}`);
  const started = new AsyncDisposableStack();
  const bench: Bench = {
    databaseUrl,
    startServer: async (options) => started.use(await startLoadServer(databaseUrl, options)),
    use: (resource) => started.use(resource),
  };
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const timeoutMs = row.timeoutMs ?? TIMEOUT_MS;
    timer = setTimeout(() => reject(new Error(`It took longer than ${timeoutMs / 1_000} s.`)), timeoutMs);
  });
  try {
    await migrateDatabase(databaseUrl);
    return { row: name, title: row.title, figures: await Promise.race([row.run(bench), tooLong]) };
  } catch (error) {
    return { row: name, title: row.title, figures: [], error: String(error) };
  } finally {
    clearTimeout(timer);
    await started.disposeAsync();
    await administer((sql) => sql`drop database ${sql(database)} with (force)`);
  }
}

async function administer(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(cluster.url, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}

function format({ row, title, figures, error }: Result): string {
  const lines = figures.map(({ name, value, unit }) => {
    const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return `  ${name.padEnd(36)}${value.toLocaleString("en", { maximumFractionDigits: digits }).padStart(12)} ${unit}`;
  });
  return [`\n${row}: ${title}`, ...lines, ...(error === undefined ? [] : [`  failed: ${error}`])].join("\n");
}
