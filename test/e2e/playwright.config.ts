import { createServer } from "node:net";
import { defineConfig } from "@playwright/test";
import { findChromium } from "./support/find-chromium.ts";

/** Chosen once, in the first process that reads this; the workers inherit it. */
process.env.E2E_ONE ??= `http://localhost:${await freePort()}`;
process.env.E2E_TWO ??= `http://localhost:${await freePort()}`;
process.env.E2E_THREE ??= `http://localhost:${await freePort()}`;

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.test.ts",
  outputDir: "../../test-results/browser",
  globalSetup: "./support/global-setup.ts",
  // Two servers, a database and the browsers share the machine, and the tests share what is seeded.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  // A test that passes at the second try hides exactly what this project is about.
  retries: 0,
  reporter: [["list"]],
  use: {
    baseURL: process.env.E2E_ONE,
    browserName: "chromium",
    // Root, in containers and in CI, has no sandbox.
    launchOptions: { executablePath: findChromium(), args: ["--no-sandbox"] },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject).listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
