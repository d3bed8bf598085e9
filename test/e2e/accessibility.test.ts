import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page, test } from "@playwright/test";
import type axe from "axe-core";
import { addresses, DEMO } from "./support/addresses.ts";
import { expectLive, expectState, openWorkflow, runButton, signIn, WORKFLOW } from "./support/pages.ts";

declare const window: { axe: typeof axe };

const { one } = addresses();
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screens = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

for (const [name, viewport] of Object.entries(screens)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`nothing serious stands in anybody's way: ${name}, ${colorScheme}`, async ({ browser }) => {
      const page = await (await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" })).newPage();
      await page.goto(`${one}/sign-in`);
      await expectAccessible(page, "sign in");

      await signIn(page, one, DEMO.one);
      await expectLive(page);
      await expectAccessible(page, "workflows");

      await openWorkflow(page, WORKFLOW.fails);
      await runButton(page).click();
      await expectState(page, "Running");
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
  }
}

/** Fails when axe finds anything that it calls serious or critical. */
async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"], iframes: false });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => ({
        id,
        help,
        where: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
      }));
  });
  expect(found, what).toEqual([]);
}
