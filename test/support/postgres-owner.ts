// A process of its own that uses the embedded Postgres of the folder it is given, until it reads a line. Started by tests.
import { startEmbeddedPostgres } from "../../src/server/embedded-postgres.ts";

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error("Say which folder.");
const embedded = await startEmbeddedPostgres({ dataDir, settings: { fsync: "off" } });
console.log(`using ${embedded.url} ${embedded.reused ? "reused" : "started"}`);
process.stdin.once("data", async () => {
  console.log(await embedded.release());
  process.exit(0);
});
