import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, ".."),
  test: {
    include: ["test/{unit,integration}/**/*.test.{ts,tsx}"],
    globalSetup: ["test/support/global-setup.ts"],
    typecheck: { enabled: false }, // `pnpm typecheck` covers test/, type tests included
    // They end what hangs, and check nothing: how long something may take is said where it is promised. On a busy machine some tests take
    // five times as long as alone.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Most tests wait for a database or a process most of the time: on two cores one file at a time takes nearly twice as long.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
