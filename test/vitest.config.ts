import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, ".."),
  test: {
    include: ["test/{unit,integration}/**/*.test.{ts,tsx}"],
    globalSetup: ["test/support/global-setup.ts"],
    typecheck: { enabled: false }, // `pnpm typecheck` covers test/, type tests included
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Most tests wait for a database or a process most of the time: on two cores one file at a time takes nearly twice as long.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
