import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { defineConfig } from "@playwright/test";
import { findChromium } from "./support/find-chromium.ts";

/** Chosen once, in the first process that reads this; the workers inherit it. All at the same time: a port that was let go may be given again. */
if (process.env.E2E_ONE === undefined) {
  const [one, two, three] = await freePorts(3);
  Object.assign(process.env, {
    E2E_ONE: `http://localhost:${one}`,
    E2E_TWO: `http://localhost:${two}`,
    E2E_THREE: `http://localhost:${three}`,
  });
}

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.test.ts",
  outputDir: "../../test-results/browser",
  globalSetup: "./support/global-setup.ts",
  // Two servers, a database and the browsers share the machine, and the tests share what is seeded.
  workers: 1,
  // It ends what hangs, and checks nothing.
  timeout: 180_000,
  expect: { timeout: 15_000 },
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

async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(probes.map((probe) => once(probe, "listening")));
  // Listening at a host and a port, so it is no path.
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  for (const probe of probes) probe.close();
  return ports;
}
