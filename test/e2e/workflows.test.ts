import { expect, test } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { cancelButton, expectState, openWorkflow, runButton, signIn, WORKFLOW } from "./support/pages.ts";

const { one } = addresses();

test.beforeEach(async ({ page }) => {
  await signIn(page, one, DEMO.one);
});

test("[JOB2] a run is cancelled while a node works, and can be run again", async ({ page }) => {
  await openWorkflow(page, WORKFLOW.succeeds);
  await runButton(page).click();
  await expect(page.getByText(/^Page \d+ of/).first()).toBeVisible();
  await cancelButton(page).click();
  await expectState(page, "Cancelled");
  await expect(runButton(page)).toBeVisible();
  await expect(page.getByRole("img", { name: "Running" })).toHaveCount(0);
});

test("a run that fails says why, what is kept, and shows each attempt", async ({ page }) => {
  await openWorkflow(page, WORKFLOW.fails);
  await runButton(page).click();
  await expectState(page, "Running");
  await expectState(page, "Failed");
  await page.getByRole("link", { name: "Open" }).click();
  await page.waitForURL("**/runs/*");
  const timeline = page.getByRole("list", { name: "Timeline" });
  await expect(timeline.getByText("Attempt 3")).toHaveCount(2);
  await expect(timeline.getByText("Skipped: a node before it failed.")).toBeVisible();
  await expect(page.getByRole("main")).toContainText("The carrier answered 503");
  await expect(page.getByRole("region", { name: "Results" }).getByRole("table")).toBeVisible();
});

test("the list shows a run of another page while it happens", async ({ page, context }) => {
  const other = await context.newPage();
  await other.goto(`${one}/workflows`);
  await openWorkflow(other, WORKFLOW.fails);
  const row = page.getByRole("main").getByRole("listitem").filter({ hasText: WORKFLOW.fails });
  await expect(row).toBeVisible();

  await runButton(other).click();
  await expect(row).toContainText("Running");
  await expect(row).toContainText("Failed");
});

test("a new name is seen by everyone who has the workflow open", async ({ page, context }) => {
  await openWorkflow(page, WORKFLOW.fails);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole("heading", { name: WORKFLOW.fails, level: 1 })).toBeVisible();

  for (const [from, to] of [
    [WORKFLOW.fails, "Parcels"],
    ["Parcels", WORKFLOW.fails],
  ] as const) {
    await page.getByRole("heading", { name: from, level: 1 }).hover();
    await page.getByRole("button", { name: "Rename the workflow" }).click();
    await page.getByLabel("Name of the workflow").fill(to);
    await page.keyboard.press("Enter");
    await expect(other.getByRole("heading", { name: to, level: 1 })).toBeVisible();
  }
});

test("everything is within reach of the keyboard", async ({ page }) => {
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(2);
  await page.keyboard.press("/");
  await page.keyboard.type("region");
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: WORKFLOW.succeeds, level: 1 })).toBeVisible();

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toContainText("Run the workflow");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.keyboard.press("Control+k");
  await page.keyboard.type("delivery");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: WORKFLOW.fails, level: 1 })).toBeVisible();
});

test("a workflow or a run that is not there says so and leads back", async ({ page }) => {
  for (const path of [
    "/workflows/00000000-0000-4000-8000-000000000000",
    "/runs/00000000-0000-4000-8000-000000000000",
    "/workflows/not-an-id",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("main").getByRole("alert")).toContainText("is not here for you");
    await page.getByRole("main").getByRole("link", { name: "Go to the workflows" }).click();
    await expect(page).toHaveURL(/\/workflows$/);
  }
});
