/** A whole server without pages in a process of its own: sockets, API and workers. `startServerProcess` in servers.ts starts it. */
import { startApp } from "./app.ts";

const databaseUrl = process.env.DATABASE_URL;
if (!databaseUrl) throw new Error("DATABASE_URL is missing.");
const app = await startApp(databaseUrl, { role: "all" });

process.on("SIGTERM", async () => {
  await app[Symbol.asyncDispose]();
  process.exit(0);
});
// Whoever started us is gone: nobody else would stop us.
process.on("disconnect", () => process.exit(0));
process.stdout.write(`ready ${app.origin}\n`);
