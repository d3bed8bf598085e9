/** A process that does nothing but run workflows; `startWorkerProcess` in runs.ts starts it. Prints `ready <instanceId>`. */
import { createExecutionWorker } from "#features/execution/index.ts";
import { parseEnv } from "#server/env.ts";
import { createLogger } from "#server/logger.ts";
import { startRuntime } from "#server/runtime.ts";

const log = createLogger({ format: "json", write: (line) => void process.stderr.write(process.env.VERBOSE ? line : "") });
const running = await startRuntime(parseEnv({ ...process.env, ROLE: "worker" }), log);
const worker = createExecutionWorker(running.runtime);
await worker.start();

process.on("SIGTERM", async () => {
  await worker.stop();
  await running.close();
  process.exit(0);
});

process.stdout.write(`ready ${running.runtime.instanceId}\n`);
