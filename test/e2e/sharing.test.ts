import { type Browser, expect, type Locator, type Page } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { expectLive, expectState, openWorkflow, runButton, signIn, WORKFLOW } from "./support/pages.ts";
import { test } from "./support/test.ts";
import { callApi, makeEndlessWorkflow, removeWorkflow } from "./support/workflows.ts";

const { one, two } = addresses();

test("[WFL1] [WFL4] [WFL5] shared, watched, and taken away in the middle of a run, across two servers", async ({ browser }) => {
  const name = "Harvest";
  const owner = await visitor(browser, one, DEMO.one);
  const guest = await visitor(browser, two, DEMO.two);
  await makeEndlessWorkflow(owner, name);
  await openWorkflow(owner, name);
  await expect(row(guest, name)).toHaveCount(0);

  await openShare(owner);
  const dialog = owner.getByRole("dialog", { name: `Members of ${name}` });
  await dialog.getByLabel("Share with").fill(DEMO.two);
  await dialog.getByRole("button", { name: "Share", exact: true }).click();
  await expect(dialog.getByRole("status").filter({ hasText: "Shared" })).toContainText(`Shared with ${DEMO.two} as viewer.`);
  await expect(dialog.getByRole("list", { name: "Members" }).getByRole("listitem")).toHaveCount(2);

  await expect(row(guest, name)).toContainText("Viewer");
  await openWorkflow(guest, name);
  const banner = guest.getByRole("banner");
  await banner.getByText("View only").hover();
  await expect(guest.getByText(/^Viewers watch; running, cancelling and renaming are for editors and owners/)).toBeVisible();
  for (const forbidden of ["Run", "Cancel", "Rename the workflow", "Share"]) {
    await expect(banner.getByRole("button", { name: forbidden, exact: true })).toHaveCount(0);
  }

  await owner.keyboard.press("Escape");
  await runButton(owner).click();
  await expectState(guest, "Running");
  await expect(guest.getByText("Wait for the harvest").first()).toBeVisible();

  await openShare(owner);
  const refusal = guest.getByRole("main").getByRole("alert");
  await dialog.getByRole("button", { name: /^Remove / }).click();
  const undo = owner.getByRole("button", { name: "Undo" });
  await undo.hover(); // which keeps it, however long the guest's page takes
  await expect(refusal).toContainText("You are no longer a member of this workflow");
  await expect(guest.getByText("Wait for the harvest")).toHaveCount(0);
  await expect(guest.getByText(name, { exact: true })).toHaveCount(0);
  await expect(runButton(guest)).toHaveCount(0);
  await guest.getByRole("main").getByRole("link", { name: "Go to the workflows" }).click();
  await expect(row(guest, WORKFLOW.fails)).toBeVisible();
  await expect(row(guest, name)).toHaveCount(0);

  await undo.click();
  await expect(row(guest, name)).toContainText("Viewer");
  await openWorkflow(guest, name);

  // The owner removes it for everyone while it is open elsewhere.
  await owner.keyboard.press("Escape");
  await owner.getByRole("button", { name: `More for ${name}` }).click();
  await owner.getByRole("menuitem", { name: "Remove" }).click();
  await owner
    .getByRole("alertdialog", { name: `Remove ${name}?` })
    .getByRole("button", { name: "Remove the workflow" })
    .click();
  await expect(owner).toHaveURL(/\/workflows$/);
  await expect(refusal).toContainText("This workflow was removed");
});

test("a role given while somebody looks takes effect in front of them, and they hear of it", async ({ browser }) => {
  const name = "Orchard";
  const owner = await visitor(browser, one, DEMO.one);
  const guest = await visitor(browser, two, DEMO.two);
  const workflowId = await makeEndlessWorkflow(owner, name);
  await callApi(owner, "workflow.share", { workflowId, email: DEMO.two, role: "viewer" });
  await openWorkflow(guest, name);
  await expect(runButton(guest)).toHaveCount(0);

  await openWorkflow(owner, name);
  await openShare(owner);
  await owner
    .getByRole("combobox", { name: /^Role of / })
    .nth(1)
    .click();
  await owner.getByRole("option", { name: /^Editor/ }).click();
  await expect(guest.getByText("You are an editor here now")).toBeVisible();
  await expect(runButton(guest)).toBeVisible();

  await guest.getByRole("button", { name: "Members", exact: true }).click();
  const members = guest.getByRole("dialog", { name: `Members of ${name}` });
  await expect(members).toContainText("Only owners add people");
  await expect(members).not.toContainText("@example.com");
  await guest.keyboard.press("Escape");
  await removeWorkflow(owner, workflowId);
});

test("[WFL2] [WFL3] an invitation waits and is taken back; the last owner stays one, and is told so", async ({ page }) => {
  const name = "Meadow";
  await signIn(page, one, DEMO.one);
  const workflowId = await makeEndlessWorkflow(page, name);
  await openWorkflow(page, name);
  await openShare(page);
  const dialog = page.getByRole("dialog", { name: `Members of ${name}` });
  await dialog.getByLabel("Share with").fill("not an address");
  await dialog.getByRole("button", { name: "Share", exact: true }).click();
  await expect(dialog.getByRole("status")).toContainText("This is no e-mail address.");

  const invited = "somebody.new@example.com";
  await dialog.getByLabel("Share with").fill(invited);
  await dialog.getByRole("button", { name: "Share", exact: true }).click();
  await expect(dialog.getByRole("status")).toContainText(`nobody has confirmed ${invited} here yet`);
  const pending = dialog.getByRole("region", { name: "Pending invitations" });
  await expect(pending).toContainText(invited);
  await pending.getByRole("button", { name: `Take back the invitation of ${invited}` }).click();
  await expect(pending).toHaveCount(0);

  await dialog.getByRole("combobox", { name: /^Role of / }).click();
  await page.getByRole("option", { name: /^Viewer/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Give it up" }).click();
  await expect(page.getByText("A workflow keeps at least one owner.")).toBeVisible();
  await expect(dialog.getByRole("combobox", { name: /^Role of / })).toContainText("Owner");
  await removeWorkflow(page, workflowId);
});

test("[WFL5] pages that were refused come back by themselves once one is added, and once one is added again", async ({ browser }) => {
  const name = "Paddock";
  const owner = await visitor(browser, one, DEMO.one);
  const workflowId = await makeEndlessWorkflow(owner, name);
  const { executionId } = await callApi<{ executionId: string }>(owner, "execution.start", { workflowId });
  await openWorkflow(owner, name);
  const guest = await visitor(browser, two, DEMO.two);
  const run = await guest.context().newPage();
  await guest.goto(`${two}/workflows/${workflowId}`);
  await run.goto(`${two}/runs/${executionId}`);
  for (const page of [guest, run]) {
    await expect(page.getByRole("main").getByRole("alert")).toContainText("is not here for you");
    await expectLive(page);
  }

  await openShare(owner);
  const dialog = owner.getByRole("dialog", { name: `Members of ${name}` });
  await dialog.getByLabel("Share with").fill(DEMO.two);
  const heading = guest.getByRole("heading", { name, level: 1 });
  await dialog.getByRole("button", { name: "Share", exact: true }).click();
  await expect(heading).toBeVisible();
  await expectState(guest, "Running");
  await expect(run.getByRole("list", { name: "Timeline" })).toContainText("Wait for the harvest");

  await dialog.getByRole("button", { name: /^Remove / }).click();
  const undo = owner.getByRole("button", { name: "Undo" });
  await undo.hover();
  for (const page of [guest, run]) await expect(page.getByRole("main").getByRole("alert")).toContainText("You are no longer a member");
  await undo.click();
  await expect(heading).toBeVisible();
  await expectState(guest, "Running");
  await expect(guest.getByRole("list", { name: "Also on this workflow" })).toBeVisible();
  await expect(run.getByRole("list", { name: "Timeline" })).toContainText("Wait for the harvest");
  await removeWorkflow(owner, workflowId);
});

test("an owner gives up their role only after a question, and sharing with a member changes no role", async ({ browser, page }) => {
  const name = "Vineyard";
  await signIn(page, one, DEMO.one);
  const workflowId = await makeEndlessWorkflow(page, name);
  await openWorkflow(page, name);
  await openShare(page);
  const dialog = page.getByRole("dialog", { name: `Members of ${name}` });
  const ownRole = dialog.getByRole("combobox", { name: "Role of Ada Brandt" });
  const share = async (email: string) => {
    await dialog.getByLabel("Share with").fill(email);
    await dialog.getByRole("button", { name: "Share", exact: true }).click();
  };
  await share(DEMO.one);
  await expect(dialog.getByRole("status")).toHaveText(`${DEMO.one} is already a member (owner). Change the role below.`);
  await expect(ownRole).toContainText("Owner");

  await callApi(page, "workflow.share", { workflowId, email: DEMO.two, role: "owner" });
  await share(DEMO.two);
  await expect(dialog.getByRole("status")).toHaveText(`${DEMO.two} is already a member (owner). Change the role below.`);

  await ownRole.click();
  await page.getByRole("option", { name: /^Viewer/ }).click();
  const question = page.getByRole("alertdialog", { name: "Give up being an owner?" });
  await expect(question).toContainText("You will be a viewer here");
  await question.getByRole("button", { name: "Stay an owner" }).click();
  await expect(question).toHaveCount(0);
  await expect(ownRole).toContainText("Owner");
  await ownRole.click();
  await page.getByRole("option", { name: /^Editor/ }).click();
  await question.getByRole("button", { name: "Give it up" }).click();
  await expect(dialog).toContainText("Only owners add people");
  await expect(question).toHaveCount(0);

  const other = await visitor(browser, one, DEMO.two);
  await removeWorkflow(other, workflowId);
});

async function visitor(browser: Browser, address: string, email: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await signIn(page, address, email);
  await expectLive(page);
  return page;
}

async function openShare(page: Page): Promise<void> {
  await page.getByRole("banner").getByRole("button", { name: "Share", exact: true }).click();
}

function row(page: Page, name: string): Locator {
  return page.getByRole("main").getByRole("listitem").filter({ hasText: name });
}
