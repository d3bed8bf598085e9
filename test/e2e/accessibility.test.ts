import { type Browser, expect } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { expectAccessible, looks } from "./support/axe.ts";
import { expectLive, expectState, openWorkflow, signIn, startRun, WORKFLOW } from "./support/pages.ts";
import { enter, newPerson, signUp } from "./support/people.ts";
import { test } from "./support/test.ts";
import { callApi, makeEndlessWorkflow } from "./support/workflows.ts";

const { one } = addresses();

for (const { name, ...look } of looks) {
  const open = async (browser: Browser) => (await browser.newContext(look)).newPage();

  test(`nothing serious stands in anybody's way: runs, ${name}`, async ({ browser }) => {
    const page = await open(browser);
    await page.goto(`${one}/sign-in`);
    await expectAccessible(page, "sign in");

    await signIn(page, one, DEMO.one);
    await expectLive(page);
    await expectAccessible(page, "workflows");

    await openWorkflow(page, WORKFLOW.fails);
    await startRun(page);
    await expectAccessible(page, "a workflow that runs");
    await expectState(page, "Failed");
    for (const tab of ["Timeline", "Log", "Results"]) {
      await page.getByRole("tab", { name: tab }).click();
      await expectAccessible(page, `a workflow, ${tab}`);
    }
    await page.getByRole("button", { name: "Runs" }).click();
    await expect(page.getByRole("menu")).toBeVisible();
    await expectAccessible(page, "the menu of runs");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Live/ }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page, "the connection");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog", { name: "Commands" })).toBeVisible();
    await expectAccessible(page, "the palette");
    await page.keyboard.press("Escape");

    await page.getByRole("link", { name: "Open" }).click();
    await page.waitForURL("**/runs/*");
    await expect(page.getByRole("list", { name: "Timeline" })).toBeVisible();
    await expectAccessible(page, "a run");

    await page.goto(`${one}/no-such-page`);
    await expectAccessible(page, "no such page");
    await page.goto(`${one}/split`);
    await expect(page.frameLocator("iframe").nth(1).getByRole("button", { name: /^Live/ })).toBeVisible();
    await expectAccessible(page, "the split view");
  });

  test(`nothing serious stands in anybody's way: workflows and people, ${name}`, async ({ browser }) => {
    const page = await open(browser);
    await signIn(page, one, DEMO.one);
    const workflowId = await makeEndlessWorkflow(page, "Accessible");
    await page.getByRole("button", { name: "New workflow" }).click();
    const making = page.getByRole("dialog", { name: "New workflow" });
    await expect(making).toBeVisible();
    await expectAccessible(page, "a new workflow");
    await page.getByRole("tab", { name: "Import JSON" }).click();
    await making.getByRole("textbox").fill('{ "heliograph": 1, "name": "", "nodes": [], "edges": [] }');
    await making.getByRole("button", { name: "Import", exact: true }).click();
    await expect(making.getByRole("alert")).toBeVisible();
    await expectAccessible(page, "an import with mistakes");
    await page.keyboard.press("Escape");

    await openWorkflow(page, "Accessible");
    await callApi(page, "workflow.share", { workflowId, email: DEMO.two, role: "viewer" });
    await callApi(page, "workflow.share", { workflowId, email: "nobody.yet@example.com", role: "editor" });
    const more = page.getByRole("button", { name: "More for Accessible" });
    await more.click();
    await expect(page.getByRole("menu")).toBeVisible();
    await expectAccessible(page, "a workflow's menu");
    await page.getByRole("menuitem", { name: "Share" }).click();
    await expect(page.getByRole("region", { name: "Pending invitations" })).toBeVisible();
    await expectAccessible(page, "the members, for an owner");
    await page.getByRole("combobox", { name: "Role", exact: true }).click();
    await expect(page.getByRole("listbox")).toBeVisible();
    await expectAccessible(page, "the roles to choose from");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);

    const guest = await open(browser);
    await signIn(guest, one, DEMO.two);
    await openWorkflow(guest, "Accessible");
    await expectAccessible(guest, "a workflow, for a viewer");
    await guest.getByRole("button", { name: "More for Accessible" }).click();
    await guest.getByRole("menuitem", { name: "Members" }).click();
    await expect(guest.getByRole("list", { name: "Members" })).toBeVisible();
    await expectAccessible(guest, "the members, for a viewer");
    await guest.keyboard.press("Escape");

    await more.click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await expect(page.getByRole("alertdialog")).toBeVisible();
    await expectAccessible(page, "the question before removing");
    await page.getByRole("button", { name: "Remove the workflow" }).click();
    await expect(guest.getByRole("main").getByRole("alert")).toContainText("This workflow was removed");
    await expectAccessible(guest, "a workflow that was removed while one looked");
  });

  test(`nothing serious stands in anybody's way: beginning, ${name}`, async ({ browser }) => {
    const page = await open(browser);
    const person = newPerson();
    await signUp(page, one, person);
    await enter(page, one, person, "/workflows");
    await expect(page.getByText("No workflows yet")).toBeVisible();
    await expectAccessible(page, "no workflows yet");
    await page.getByRole("button", { name: "Make the first one" }).click();
    await page.getByRole("button", { name: "Make it" }).click();
    await expect(page.getByText("This workflow has no nodes yet")).toBeVisible();
    await expectAccessible(page, "a workflow without nodes");
    for (const path of ["/counter", "/workflows/00000000-0000-4000-8000-000000000000"]) {
      await page.goto(`${one}${path}`);
      await expectLive(page);
      await expectAccessible(page, path);
    }
  });
}
