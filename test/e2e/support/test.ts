/**
 * Playwright's `test`, with an end: what a test opened by `browser.newContext()` is closed after it. Playwright closes only its own
 * `page`. Left open, the pages of all tests before would go on being live beside the one under test.
 */
import { test as base } from "@playwright/test";

export const test = base.extend<{ closeWindows: undefined }>({
  closeWindows: [
    // Automatic fixtures begin first and end last, so that Playwright's own page is closed and a test's `afterEach` is done by then.
    async ({ browser }, use) => {
      await use(undefined);
      for (const context of browser.contexts()) await context.close();
    },
    { auto: true },
  ],
});
