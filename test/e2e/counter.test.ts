/** The smallest live page: two people, two servers, one number. */
import { type BrowserContext, expect, type Page } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { test } from "./support/test.ts";

async function openCounter(context: BrowserContext, address: string, email: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${address}/sign-in?returnTo=/counter`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(DEMO.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL("**/counter");
  await expect(page.getByRole("banner").getByRole("button", { name: /^Live/ })).toBeVisible();
  return page;
}

test("[SUB2] a press on one server shows on the other, once, also after being offline", async ({ browser }) => {
  const [first, second] = [await browser.newContext(), await browser.newContext()];
  const { one, two } = addresses();
  const ada = await openCounter(first, one, DEMO.one);
  const jonas = await openCounter(second, two, DEMO.two);
  const shown = (page: Page) => page.getByLabel("Counter", { exact: true });
  const before = Number(await shown(ada).textContent());

  await ada.getByRole("button", { name: "One more" }).click();
  await expect(shown(ada)).toHaveText(String(before + 1));
  await expect(shown(jonas)).toHaveText(String(before + 1));
  await expect(jonas.getByRole("list", { name: "What happened" })).toContainText("Ada Brandt");

  await second.setOffline(true);
  for (let presses = 0; presses < 3; presses++) await ada.getByRole("button", { name: "One more" }).click();
  await expect(shown(ada)).toHaveText(String(before + 4));
  await second.setOffline(false);
  await expect(shown(jonas)).toHaveText(String(before + 4));
});

test("a counter that cannot be read says so, although the socket is live, and shows itself once it can", async ({ browser }) => {
  const page = await openCounter(await browser.newContext(), addresses().one, DEMO.one);
  // In one request with what else the page reads.
  const reading = /\/api\/trpc\/[^?]*counter\.get/;
  await page.route(reading, (route) => route.fulfill({ status: 502, body: "Bad gateway" }));
  await page.reload();
  await expect(page.getByRole("alert").filter({ hasText: "The counter cannot be read" })).toContainText("The server did not answer.");
  await expect(page.getByRole("banner").getByRole("button", { name: /^Live/ })).toBeVisible();
  await page.unroute(reading);
  await expect(page.getByLabel("Counter", { exact: true })).toHaveText(/^-?\d+$/);
});

test("what is pressed offline is refused in words, and is not done behind one's back later", async ({ browser }) => {
  const context = await browser.newContext();
  const page = await openCounter(context, addresses().one, DEMO.one);
  const shown = page.getByLabel("Counter", { exact: true });
  const more = page.getByRole("button", { name: "One more" });
  const before = Number(await shown.textContent());
  const sent: string[] = [];
  page.on("request", (request) => request.url().includes("counter.add") && sent.push(request.url()));

  await context.setOffline(true);
  await expect(page.getByRole("banner").getByRole("button", { name: "Offline" })).toBeVisible();
  for (let presses = 0; presses < 3; presses++) await more.click();
  const refusal = page.getByRole("main").getByRole("alert");
  await expect(refusal).toContainText("The last press was not sent, for want of a network, and does not count.");

  await context.setOffline(false);
  await expect(page.getByRole("banner").getByRole("button", { name: /^Live/ })).toBeVisible();
  await more.click();
  await expect(shown).toHaveText(String(before + 1));
  await expect(refusal).toHaveCount(0);
  expect(sent).toHaveLength(1);
});
