/** What a phone has less of: room, and the precision of a pointer. */
import { type Browser, expect, type Locator, type Page } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { expectLive, expectState, openWorkflow, runButton, signIn, startRun, WORKFLOW } from "./support/pages.ts";
import { test } from "./support/test.ts";
import { callApi, makeEndlessWorkflow, removeWorkflow } from "./support/workflows.ts";

const { one } = addresses();
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
/** Smaller, a finger misses. */
const SMALLEST_TARGET_PX = 36;

async function openPhone(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext(phone)).newPage();
  await signIn(page, one, DEMO.one);
  await expectLive(page);
  return page;
}

test("a row of the list tells on a phone how its last run ended and how long ago", async ({ browser }) => {
  const page = await openPhone(browser);
  await openWorkflow(page, WORKFLOW.fails);
  await startRun(page);
  await expectState(page, "Failed");
  await page.goto(`${one}/workflows`);
  const row = page.getByRole("main").getByRole("listitem").filter({ hasText: WORKFLOW.fails });
  await expect(row).toContainText("Failed");
  for (const age of await row.getByRole("time").all()) if (await age.isVisible()) await expectUncut(age);
  await expectUncut(row.getByRole("time").first());
});

test("on a phone a timeline's names are whole, and what is to be touched is large enough", async ({ browser }) => {
  const page = await openPhone(browser);
  const workflowId = await makeEndlessWorkflow(page, "On a phone");
  await callApi(page, "workflow.share", { workflowId, email: "somebody.later@example.com", role: "editor" });
  await openWorkflow(page, "On a phone");
  await runButton(page).click();
  await expectState(page, "Running");
  const timeline = page.getByRole("list", { name: "Timeline" });
  await expectUncut(timeline.getByText("Wait for the harvest"));
  for (const button of [...(await page.getByRole("banner").getByRole("button").all()), ...(await timeline.getByRole("button").all())]) {
    expect((await button.boundingBox())?.height, (await button.textContent()) ?? "").toBeGreaterThanOrEqual(SMALLEST_TARGET_PX);
  }

  await page.getByRole("banner").getByRole("button", { name: "Share", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Members of On a phone" });
  await expect(dialog.getByRole("region", { name: "Pending invitations" })).toBeVisible();
  // Smaller text makes phones zoom into the field.
  await expect(dialog.getByLabel("Share with")).toHaveCSS("font-size", "16px");
  const roles = await dialog.getByRole("combobox", { name: /^Role of / }).all();
  expect(new Set(await Promise.all(roles.map(async (role) => (await role.boundingBox())?.x))).size).toBe(1);
  expect(roles).toHaveLength(2);
  await page.keyboard.press("Escape");
  await removeWorkflow(page, workflowId);
  await expect(page.getByRole("main").getByRole("alert")).toContainText("This workflow was removed");
  // The way back ends with a name and not with an arrow to nothing.
  await expect(page.getByRole("banner").locator(".lucide-chevron-right")).toHaveCount(0);
});

test("a node that is tapped on a phone shows what it is, whether it has run or not", async ({ browser }) => {
  const page = await openPhone(browser);
  const workflowId = await makeEndlessWorkflow(page, "Tapped");
  await openWorkflow(page, "Tapped");
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Workflows" })).toHaveAttribute("aria-current");
  const node = page.getByRole("group", { name: "Node Wait for the harvest" });
  const inspector = page.getByRole("complementary", { name: "Inspector" });
  await node.tap();
  await expect(inspector).toContainText("Wait for the harvest");

  await runButton(page).click();
  await expectState(page, "Running");
  await expect(inspector).toContainText("In this run");
  await page.getByRole("tab", { name: "Timeline" }).click();
  await page.getByRole("list", { name: "Timeline" }).getByText("Wait for the harvest").click();
  await expect(inspector).toBeHidden();
  // It is selected already, and is to be seen again all the same.
  await node.tap();
  await expect(inspector).toBeVisible();
  await removeWorkflow(page, workflowId);
});

test("a workflow is renamed on a phone, from its page and from the list", async ({ browser }) => {
  const page = await openPhone(browser);
  const workflowId = await makeEndlessWorkflow(page, "Before");
  await openWorkflow(page, "Before");
  const rename = async (from: string, to: string) => {
    await page.getByRole("button", { name: `More for ${from}` }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    const dialog = page.getByRole("dialog", { name: `Rename ${from}` });
    await expect(dialog.getByLabel("Name")).toBeFocused();
    await dialog.getByLabel("Name").fill(to);
    await dialog.getByRole("button", { name: "Rename" }).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
  };
  await rename("Before", "In between");
  await expect(page.getByRole("heading", { name: "In between", level: 1 })).toBeVisible();
  await page.goto(`${one}/workflows`);
  await rename("In between", "Afterwards");
  await expect(page.getByRole("main").getByRole("link", { name: "Afterwards" })).toBeVisible();
  await removeWorkflow(page, workflowId);
});

/** All of it is inside every box that could cut it. */
async function expectUncut(locator: Locator): Promise<void> {
  await expect(locator).toBeVisible();
  const hidden = await locator.evaluate((element) => {
    const own = element.getBoundingClientRect();
    let lost = Math.max(0, element.scrollWidth - element.clientWidth) * Number(getComputedStyle(element).overflowX !== "visible");
    for (let box = element.parentElement; box; box = box.parentElement) {
      if (getComputedStyle(box).overflowX === "visible") continue;
      lost = Math.max(lost, own.right - box.getBoundingClientRect().right);
    }
    return lost;
  });
  expect(hidden).toBeLessThanOrEqual(1);
}
