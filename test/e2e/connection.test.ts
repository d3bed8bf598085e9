/** What a page says, and still does, where its connection is less than it should be. */
import { type BrowserContext, expect, type Page } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { test } from "./support/test.ts";

const { one } = addresses();

async function openCounter(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${one}/sign-in?returnTo=/counter`);
  await page.getByLabel("Email").fill(DEMO.one);
  await page.getByLabel("Password", { exact: true }).fill(DEMO.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL("**/counter");
  return page;
}

test("where no WebSocket gets through, a page says so, shows what happens all the same, and is live once they do", async ({ browser }) => {
  const behindProxy = await browser.newContext();
  await behindProxy.addInitScript(() => {
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL) {
        // Nothing takes sockets at that address, as behind a proxy that knows none.
        super(localStorage.getItem("let sockets through") === null ? `${url}-blocked` : url);
      }
    };
  });
  const page = await openCounter(behindProxy);
  const pill = page.getByRole("banner").getByRole("button", { name: "Via HTTP, every 5 s" });
  await expect(pill).toBeVisible({ timeout: 30_000 });

  const open = await browser.newContext();
  const other = await openCounter(open);
  await expect(other.getByRole("banner").getByRole("button", { name: /^Live/ })).toBeVisible();
  const shown = (on: Page) => on.getByLabel("Counter", { exact: true });
  const before = Number(await shown(other).textContent());
  await other.getByRole("button", { name: "One more" }).click();
  await expect(shown(page)).toHaveText(String(before + 1));
  await page.getByRole("button", { name: "One more" }).click();
  await expect(shown(page)).toHaveText(String(before + 2));

  await page.evaluate(() => localStorage.setItem("let sockets through", "yes"));
  await pill.click();
  await expect(page.getByRole("banner").getByRole("button", { name: /^Live/ })).toBeVisible();
  await other.getByRole("button", { name: "One more" }).click();
  await expect(shown(page)).toHaveText(String(before + 3));
});
