import { expect, type FrameLocator, type Locator, type Page } from "@playwright/test";
import { DEMO } from "./addresses.ts";

/** The demo's workflows: one runs for about ten seconds and succeeds, the other retries and fails. */
export const WORKFLOW = { succeeds: "Revenue by region", fails: "A delivery that fails" } as const;

/** Signs in through the form and waits for the list of workflows. */
export async function signIn(page: Page, address: string, email: string): Promise<void> {
  await page.goto(`${address}/sign-in`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(DEMO.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/workflows");
}

/** From the list to a workflow, live. */
export async function openWorkflow(page: Page, name: string): Promise<void> {
  await page.getByRole("main").getByRole("link", { name }).click();
  await page.waitForURL("**/workflows/*");
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  await expectLive(page);
}

export async function expectLive(page: Page): Promise<void> {
  await expect(page.getByRole("banner").getByRole("button", { name: /^Live/ })).toBeVisible();
}

/** How long the longer of the two workflows may take, on a busy machine. */
const RUN_MS = 45_000;

/** Waits until the shown run is called this. */
export async function expectState(page: Page | FrameLocator, word: "Running" | "Succeeded" | "Failed" | "Cancelled"): Promise<void> {
  await expect(page.getByRole("group", { name: "State of the run" })).toContainText(word, { timeout: RUN_MS });
}

/** Starts a run and waits until it is the one that is shown: the last one's state may read the same. */
export async function startRun(page: Page): Promise<void> {
  const answered = page.waitForResponse((response) => response.url().includes("execution.start"));
  await runButton(page).click();
  const [, executionId] = /"executionId":"([\w-]+)"/.exec(await (await answered).text()) ?? [];
  await expect(page.getByRole("link", { name: "Open" })).toHaveAttribute("href", new RegExp(`/runs/${executionId}$`));
}

/** Starts a run; while one is under way, `cancelButton` stands in its place. */
export function runButton(page: Page): Locator {
  return page.getByRole("banner").getByRole("button", { name: /^(Run|Run again)$/ });
}

export function cancelButton(page: Page): Locator {
  return page.getByRole("banner").getByRole("button", { name: "Cancel" });
}

/** The shown run's log as text, one entry per line. */
export async function readLog(page: Page | FrameLocator): Promise<string[]> {
  const tab = page.getByRole("tab", { name: "Log" });
  if (await tab.isVisible()) await tab.click();
  return page.getByRole("region", { name: "Log" }).getByRole("listitem").allInnerTexts();
}
