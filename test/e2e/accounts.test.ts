import { expect } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { expectLive, openWorkflow, signIn, WORKFLOW } from "./support/pages.ts";
import { test } from "./support/test.ts";

const { one, two } = addresses();

test("a page asks who is there, and leads back to where one wanted to go", async ({ page }) => {
  await page.goto("/workflows");
  await expect(page).toHaveURL(/\/sign-in\?returnTo=%2Fworkflows$/);

  await page.getByLabel("Email").fill(DEMO.one);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("This email and password do not go together");

  await page.getByLabel("Password").fill(DEMO.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/workflows$/);
  await expectLive(page);
});

test("an address to return to never leads to another site", async ({ page }) => {
  await signIn(page, one, DEMO.one);
  for (const elsewhere of ["https://example.com/", "//example.com/", "/\\example.com/", "/\t/example.com/"]) {
    await page.goto(`/sign-in?returnTo=${encodeURIComponent(elsewhere)}`);
    await expect(page).toHaveURL(`${one}/workflows`);
  }
});

test("[WS2] signing out in one tab ends the other tab's connection, which says so", async ({ page, context }) => {
  await signIn(page, one, DEMO.two);
  await openWorkflow(page, WORKFLOW.succeeds);
  // The same browser on the other server: what one says about the session, the other must hear.
  const other = await context.newPage();
  await other.goto(`${two}/workflows`);
  await expectLive(other);

  await page.getByRole("button", { name: /Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(other.getByRole("button", { name: "Signed out: sign in to go on" })).toBeVisible();

  await other.getByRole("button", { name: "Signed out: sign in to go on" }).click();
  await expect(other.getByRole("dialog", { name: "Sign in to go on" })).toBeVisible();
  await other.reload();
  await expect(other).toHaveURL(/\/sign-in\?returnTo=%2Fworkflows$/);
});
