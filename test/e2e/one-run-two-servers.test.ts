import { type Browser, expect, type FrameLocator, type Page } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { expectState, openWorkflow, readLog, runButton, signIn, WORKFLOW } from "./support/pages.ts";
import { collectRunSubscriptions, type RunSubscription } from "./support/received-events.ts";
import { test } from "./support/test.ts";
import { callApi, makePagedWorkflow, removeWorkflow } from "./support/workflows.ts";

const { one, two } = addresses();

test("[SUB1] [SUB2] a run started on one server is watched on both, event by event, without a gap", async ({ browser }) => {
  const first = await watcher(browser, one, DEMO.one);
  const second = await watcher(browser, two, DEMO.two);

  await runButton(first.page).click();
  for (const { page } of [first, second]) await expectState(page, "Running");
  for (const { page } of [first, second]) await expectState(page, "Succeeded");

  const executionId = lastRun(first.subscriptions);
  const [seenByFirst, seenBySecond] = [first, second].map(({ subscriptions }) => sequence(subscriptions, executionId));
  expectSameEnd(seenByFirst, seenBySecond);
  expect(await readLog(second.page)).toEqual(await readLog(first.page));
});

test("[HUB2] a page reloaded in the middle of a run shows what a page shows that watched it all", async ({ browser }) => {
  const { watching, other: reloaded, done } = await watchersOfLongRun(browser, "Read while reloading");

  await runButton(watching.page).click();
  await expect(reloaded.page.getByText(PAGE_OF).first()).toBeVisible();
  await reloaded.page.reload();
  await expect(reloaded.page.getByText(PAGE_OF).first()).toBeVisible();

  for (const { page } of [watching, reloaded]) await expectState(page, "Succeeded");
  const executionId = lastRun(watching.subscriptions);
  const afterReload = reloaded.subscriptions.filter((each) => each.executionId === executionId).slice(-1);
  expectSameEnd(sequence(watching.subscriptions, executionId), sequence(afterReload, executionId));
  expect(await readLog(reloaded.page)).toEqual(await readLog(watching.page));

  // And on the run's own page, long after.
  await reloaded.page.getByRole("link", { name: "Open" }).click();
  await reloaded.page.waitForURL("**/runs/*");
  await expect(reloaded.page.getByRole("list", { name: "Timeline" }).getByRole("listitem")).toHaveCount(2);
  expect(await readLog(reloaded.page)).toEqual(await readLog(watching.page));
  await done();
});

test("[SUB2] a page that was offline during a run has all of it when it returns", async ({ browser }) => {
  const { watching, other: away, done } = await watchersOfLongRun(browser, "Read while away");
  const context = away.page.context();

  await runButton(watching.page).click();
  await expect(away.page.getByText(PAGE_OF).first()).toBeVisible();
  await context.setOffline(true);
  await expect(away.page.getByRole("button", { name: "Offline" })).toBeVisible();
  const whenItLeft = await clocksOf(away.page);
  expect(whenItLeft.length).toBeGreaterThan(1);
  await expectState(watching.page, "Succeeded");
  await expectState(away.page, "Running");
  // Nobody there knows how long the run has been going on since; nor does what is drawn anew.
  expect(await clocksOf(away.page)).toEqual(whenItLeft);
  const { width, height } = away.page.viewportSize() ?? { width: 1280, height: 720 };
  await away.page.setViewportSize({ width: 390, height: 844 });
  await expect(away.page.getByRole("tab", { name: "Node" })).toBeVisible();
  // Asked again until all is drawn; a clock that goes on would never say the same again.
  await expect.poll(() => clocksOf(away.page)).toEqual(whenItLeft);
  await away.page.setViewportSize({ width, height });

  await context.setOffline(false);
  await expectState(away.page, "Succeeded");
  const executionId = lastRun(watching.subscriptions);
  expectSameEnd(sequence(watching.subscriptions, executionId), sequence(away.subscriptions, executionId));
  expect(await readLog(away.page)).toEqual(await readLog(watching.page));
  await done();
});

test("[SUB2] a client cut off in the split view catches up when it is connected again", async ({ page }) => {
  await signIn(page, one, DEMO.one);
  await openWorkflow(page, WORKFLOW.fails);
  await page.goto(`${one}/split?path=${encodeURIComponent(new URL(page.url()).pathname)}`);
  const left = page.frameLocator("iframe").nth(0);
  const right = page.frameLocator("iframe").nth(1);
  const leftSwitch = page.getByRole("region", { name: "Client one" }).getByRole("switch");
  await expect(left.getByRole("button", { name: /^Live/ })).toBeVisible();
  await expect(right.getByRole("button", { name: /^Live/ })).toBeVisible();

  const shownRun = (client: FrameLocator) =>
    client
      .getByRole("link", { name: "Open" })
      .getAttribute("href", { timeout: 1_000 })
      .catch(() => null);
  await leftSwitch.click();
  await expect(left.getByRole("button", { name: "Cut off" })).toBeVisible();
  const before = await shownRun(right);
  await right.getByRole("banner").getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(() => shownRun(right)).not.toBe(before);
  await expectState(right, "Failed");
  const run = await shownRun(right);
  expect(await shownRun(left)).not.toBe(run);

  await leftSwitch.click();
  await expect.poll(() => shownRun(left)).toBe(run);
  await expectState(left, "Failed");
  expect(await readLog(left)).toEqual(await readLog(right));
});

interface Watcher {
  readonly page: Page;
  readonly subscriptions: readonly RunSubscription[];
}

async function watcher(browser: Browser, address: string, email: string): Promise<Watcher> {
  const arrived = await arrive(browser, address, email);
  await openWorkflow(arrived.page, WORKFLOW.succeeds);
  return arrived;
}

async function arrive(browser: Browser, address: string, email: string): Promise<Watcher> {
  const page = await (await browser.newContext()).newPage();
  const subscriptions = collectRunSubscriptions(page);
  await signIn(page, address, email);
  return { page, subscriptions };
}

/** The pages of a run that lasts long enough to leave and come back in its middle, with time to spare. */
const PAGE_OF = /^Page \d+ of/;

/** Two people on two servers at a workflow with such a run. */
async function watchersOfLongRun(browser: Browser, name: string) {
  const watching = await arrive(browser, one, DEMO.one);
  const other = await arrive(browser, two, DEMO.two);
  const workflowId = await makePagedWorkflow(watching.page, name);
  await callApi(watching.page, "workflow.share", { workflowId, email: DEMO.two, role: "editor" });
  for (const { page } of [watching, other]) await openWorkflow(page, name);
  return { watching, other, done: () => removeWorkflow(watching.page, workflowId) };
}

/** What the page says of how long the run and its nodes have been at work. */
async function clocksOf(page: Page): Promise<string[]> {
  const shown = await page.getByRole("group", { name: "State of the run" }).or(page.locator(".react-flow__node")).allInnerTexts();
  return shown.flatMap((text) => text.replaceAll(/\d+ \S+ ago/g, "").match(/\b\d+(?:[.:]\d+)? ?(?:m?s|min)\b/g) ?? []);
}

function lastRun(subscriptions: readonly RunSubscription[]): string {
  const last = subscriptions.at(-1);
  if (!last) throw new Error("The page never subscribed to a run.");
  return last.executionId;
}

/** What a page was sent of a run, as "number type" in the order in which it came; fails on the first gap or repeat. */
function sequence(subscriptions: readonly RunSubscription[], executionId: string): string[] {
  const mine = subscriptions.filter((each) => each.executionId === executionId);
  let position = mine[0]?.after ?? 0;
  const received: string[] = [];
  for (const { after, events } of mine) {
    // A page goes on from the last event it took; what still came on the socket it had given up is sent again.
    expect(after).toBeLessThanOrEqual(position);
    received.length -= position - after;
    position = after;
    for (const { seq, type } of events) {
      expect(seq).toBe(position + 1);
      position = seq;
      received.push(`${seq} ${type}`);
    }
  }
  return received;
}

/** Each page began with a snapshot, at a position of its own; from the later one on, both were sent the same, to the end. */
function expectSameEnd(one: string[] = [], other: string[] = []): void {
  const length = Math.min(one.length, other.length);
  expect(length).toBeGreaterThan(0);
  expect(one.slice(-length)).toEqual(other.slice(-length));
  expect(one.at(-1)).toContain("executionFinished");
}
