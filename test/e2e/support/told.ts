/** How soon somebody is told of what was changed elsewhere. */
import { expect, type Locator, type Page } from "@playwright/test";
import { startWatch } from "../../support/stopwatch.ts";

/** From the answer that it is so to the words on another screen: what SUB4 and WS2 promise. */
const TOLD_WITHIN_MS = 2_000;

/**
 * Does `act` on `page`, which makes it call `procedure`, and waits for `words` on another page.
 *
 *     await expectTold(page, "account.endDevice", () => button.click(), notice(other).filter({ hasText: "signed out" }));
 */
export async function expectTold(page: Page, procedure: string, act: () => Promise<unknown>, words: Locator): Promise<void> {
  const elapsedMs = startWatch();
  const answered = page.waitForResponse((response) => response.url().includes(procedure)).then(elapsedMs);
  // Looked for all the time, and not at intervals as `expect` does.
  const told = words.waitFor({ timeout: 15_000 }).then(elapsedMs);
  await act();
  expect((await told) - (await answered)).toBeLessThan(TOLD_WITHIN_MS);
}
