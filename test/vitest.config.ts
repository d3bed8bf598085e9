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
  },
});
