import { readFile } from "node:fs/promises";
import { expect, type Locator } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { cancelButton, expectLive, expectState, openWorkflow, runButton, signIn, startRun, WORKFLOW } from "./support/pages.ts";
import { enter, newPerson, signUp } from "./support/people.ts";
import { test } from "./support/test.ts";
import { callApi, makeEndlessWorkflow, removeWorkflow } from "./support/workflows.ts";

const { one } = addresses();

test.beforeEach(async ({ page }) => {
  await signIn(page, one, DEMO.one);
});

test("[JOB2] a run is cancelled while a node works, and can be run again", async ({ page }) => {
  const workflowId = await makeEndlessWorkflow(page, "A long wait");
  await openWorkflow(page, "A long wait");
  await runButton(page).click();
  await expect(page.getByRole("img", { name: "Running" })).not.toHaveCount(0);
  await cancelButton(page).click();
  await expectState(page, "Cancelled");
  await expect(runButton(page)).toBeVisible();
  await expect(page.getByRole("img", { name: "Running" })).toHaveCount(0);
  await removeWorkflow(page, workflowId);
});

test("Run pressed offline is refused in words, and starts nothing when the network is back", async ({ page, context }) => {
  const workflowId = await makeEndlessWorkflow(page, "Out of reach");
  await openWorkflow(page, "Out of reach");
  const sent: string[] = [];
  page.on("request", (request) => request.url().includes("execution.start") && sent.push(request.url()));
  await context.setOffline(true);
  await expect(page.getByRole("banner").getByRole("button", { name: "Offline" })).toBeVisible();
  await runButton(page).click();
  await expect(page.getByText("You are offline: the run was not started.")).toBeVisible();
  await context.setOffline(false);
  await expectLive(page);
  await expect(page.getByText("This workflow has not run yet")).toBeVisible();
  await runButton(page).click();
  await expectState(page, "Running");
  expect(sent).toHaveLength(1);
  await removeWorkflow(page, workflowId);
});

test("a run that fails says why, what is kept, and shows each attempt", async ({ page }) => {
  await openWorkflow(page, WORKFLOW.fails);
  await startRun(page);
  await expectState(page, "Failed");
  await page.getByRole("group", { name: "Node Book the carrier" }).focus();
  await page.keyboard.press("Enter");
  const inspector = page.getByRole("complementary", { name: "Inspector" });
  await expect(inspector).toContainText("Attempt 3");
  await expect(inspector).not.toContainText("Next attempt");
  await page.getByRole("link", { name: "Open" }).click();
  await page.waitForURL("**/runs/*");
  const timeline = page.getByRole("list", { name: "Timeline" });
  await expect(timeline.getByText("Attempt 3")).toHaveCount(2);
  await expect(timeline.getByText("Skipped: a node before it failed.")).toBeVisible();
  await expect(page.getByRole("main")).toContainText("The carrier answered 503");
  await expect(page.getByRole("region", { name: "Results" }).getByRole("table")).toBeVisible();
});

test("[SUB2] a run's events can be read one by one, while it happens and afterwards, and what went into a node that failed", async ({
  page,
}) => {
  await openWorkflow(page, WORKFLOW.fails);
  await runButton(page).click();
  await expectState(page, "Running");
  await page.getByRole("tab", { name: "Events" }).click();
  const events = page.getByRole("region", { name: "Events" }).getByRole("listitem");
  const read = async () => (await events.allInnerTexts()).map((text) => text.split("\n", 1)[0]);
  await expectState(page, "Failed");
  await expect(events.last()).toContainText("executionFinished");
  const watched = await events.allInnerTexts();
  expect((await read()).map(Number)).toEqual(watched.map((_, index) => index + 1));
  expect(watched[0]).toContain("executionQueued");

  await page.getByRole("link", { name: "Open" }).click();
  await page.waitForURL("**/runs/*");
  await page.getByRole("tab", { name: "Events" }).click();
  await expect(events.last()).toContainText("executionFinished");
  expect(await events.allInnerTexts()).toEqual(watched);
  await events.last().locator("summary").click();
  await expect(events.last()).toContainText('"status": "error"');

  const results = page.getByRole("region", { name: "Results" });
  await results.getByLabel("Node", { exact: true }).selectOption("Book the carrier");
  await expect(results).toContainText("ended before it gave anything out");
  await results.getByLabel("What is shown of the node").selectOption("Input");
  await expect(results.getByRole("table")).toContainText("Lyon");
});

test("the list shows a run of another page while it happens", async ({ page, context }) => {
  const name = "Seen from the list";
  const workflowId = await makeEndlessWorkflow(page, name);
  const other = await context.newPage();
  await other.goto(`${one}/workflows`);
  await openWorkflow(other, name);
  const row = page.getByRole("main").getByRole("listitem").filter({ hasText: name });
  await expect(row).toBeVisible();

  await runButton(other).click();
  await expect(row).toContainText("Running");
  await expect(row.getByRole("progressbar", { name: "Progress of the run" })).toBeVisible();
  await cancelButton(other).click();
  await expect(row).toContainText("Cancelled");
  await expect(row.getByRole("progressbar")).toHaveCount(0);
  await removeWorkflow(page, workflowId);
});

test("the last row of a list that is longer than what a socket carries is as live as the first", async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  const person = newPerson();
  await signUp(page, one, person);
  await enter(page, one, person, "/workflows");
  const name = (index: number) => `Field ${String(index).padStart(3, "0")}`;
  // A socket carries a hundred subscriptions.
  const ids: string[] = [];
  while (ids.length < 110) {
    const next = Array.from({ length: 11 }, (_, index) => makeEndlessWorkflow(page, name(ids.length + index)));
    ids.push(...(await Promise.all(next)));
  }
  await page.reload();
  await expectLive(page);
  const last = page
    .getByRole("main")
    .getByRole("listitem")
    .filter({ hasText: name(109) });
  await last.scrollIntoViewIfNeeded();
  await expect(last).toContainText("No runs yet");
  const { executionId } = await callApi<{ executionId: string }>(page, "execution.start", { workflowId: ids[109] });
  await expect(last).toContainText("Running");
  await callApi(page, "execution.cancel", { executionId });
  await expect(last).toContainText("Cancelled");
});

test("what stands on cards stays readable where a graph of eleven nodes is shown whole, through a whole run", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await openWorkflow(page, WORKFLOW.succeeds);
  const nodes = page.locator(".react-flow__node");
  await expect(nodes).toHaveCount(11);
  const canvas = await page.getByRole("main").locator(".react-flow").boundingBox();
  for (const node of await nodes.all()) {
    const box = await node.boundingBox();
    expect(box && canvas && box.x >= canvas.x && box.x + box.width <= canvas.x + canvas.width).toBe(true);
  }
  expect(await unreadable(nodes)).toEqual([]);
  await runButton(page).click();
  await expect(nodes.getByText(/^Page 1\d of 12, \d+ items$/)).toBeVisible({ timeout: 30_000 });
  expect(await unreadable(nodes)).toEqual([]);
  await expectState(page, "Succeeded");
  expect(await unreadable(nodes)).toEqual([]);
});

/** Of all texts on the cards those that are smaller than 11 pixels as drawn, or cut off. */
function unreadable(cards: Locator): Promise<{ text: string | null; px: number; cut: boolean }[]> {
  return cards.evaluateAll((all) =>
    all.flatMap((card) => {
      const inner = card.firstElementChild;
      if (!(inner instanceof HTMLElement)) throw new Error("There is nothing on a card.");
      const zoom = inner.getBoundingClientRect().width / inner.offsetWidth;
      const texts = [...inner.querySelectorAll<HTMLElement>("p, span")].filter(
        (text) => text.offsetWidth > 0 && [...text.childNodes].some(({ nodeType }) => nodeType === Node.TEXT_NODE),
      );
      if (texts.length < 2) throw new Error("A card has a name and a line about it.");
      return texts
        .map((text) => ({
          text: text.textContent,
          px: Number.parseFloat(getComputedStyle(text).fontSize) * zoom,
          cut: text.scrollWidth > text.clientWidth,
        }))
        .filter(({ px, cut }) => px < 11 || cut);
    }),
  );
}

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
    await expect(other).toHaveTitle(`${to} · Heliograph`);
  }
});

test("the browser's tab says which workflow, which run, or which other page it shows", async ({ page }) => {
  const workflowId = await makeEndlessWorkflow(page, "Greenhouse");
  await openWorkflow(page, "Greenhouse");
  await expect(page).toHaveTitle("Greenhouse · Heliograph");
  await startRun(page);
  await page.getByRole("link", { name: "Open" }).click();
  await page.waitForURL("**/runs/*");
  await expect(page).toHaveTitle("Run of Greenhouse · Heliograph");
  await page.reload();
  await expect(page).toHaveTitle("Run of Greenhouse · Heliograph");
  await page.goBack();
  await expect(page).toHaveTitle("Greenhouse · Heliograph");
  await page.getByRole("navigation").getByRole("link", { name: WORKFLOW.fails }).click();
  await expect(page).toHaveTitle(`${WORKFLOW.fails} · Heliograph`);
  await page.getByRole("navigation").getByRole("link", { name: "Counter" }).click();
  await expect(page).toHaveTitle("Counter · Heliograph");
  await page.getByRole("navigation").getByRole("link", { name: "Workflows", exact: true }).click();
  await expect(page).toHaveTitle("Workflows · Heliograph");
  await removeWorkflow(page, workflowId);
});

test("the name in the tab stays when the page's own title arrives after it", async ({ page }) => {
  await openWorkflow(page, WORKFLOW.fails);
  await expect(page).toHaveTitle(`${WORKFLOW.fails} · Heliograph`);
  const overruled = await page.evaluate(async () => {
    const title = document.head.querySelector("title");
    if (title === null) throw new Error("The page has no title.");
    const seen: string[] = [];
    /** Whoever watches the head hears of it before the next task. */
    const told = () => new Promise((resolve) => setTimeout(resolve));
    // As React writes a title that was not there, and as it hydrates one that was.
    const late = document.createElement("title");
    late.textContent = "Workflow · Heliograph";
    document.head.insertBefore(late, title);
    await told();
    seen.push(document.title);
    late.remove();
    (title.firstChild as Text).data = "Workflow · Heliograph"; // a title holds a text and nothing else
    await told();
    seen.push(document.title);
    title.textContent = "Workflow · Heliograph";
    await told();
    seen.push(document.title);
    // As between two pages: none, then the next.
    title.remove();
    await told();
    seen.push(document.title);
    title.textContent = "Workflow · Heliograph";
    document.head.insertBefore(title, document.head.querySelector("title"));
    await told();
    seen.push(...[...document.head.querySelectorAll("title")].map(({ textContent }) => textContent));
    return seen;
  });
  expect(overruled).toEqual(Array(5).fill(`${WORKFLOW.fails} · Heliograph`));
  await page.getByRole("navigation").getByRole("link", { name: "Counter" }).click();
  await expect(page).toHaveTitle("Counter · Heliograph");
});

test("keys find, open and explain", async ({ page }) => {
  await expect(page.getByRole("main").getByRole("link", { name: WORKFLOW.fails })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("region");
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: WORKFLOW.succeeds, level: 1 })).toBeVisible();
  await expectLive(page);

  await page.getByRole("group", { name: "Node Read orders" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("complementary", { name: "Inspector" })).toContainText("Read orders");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Shortcuts" })).toContainText("Run the workflow");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("complementary", { name: "Inspector" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("complementary", { name: "Inspector" })).toHaveCount(0);

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

test("a workflow whose runs cannot be read says so, and a list that cannot be read; both show themselves once they can", async ({
  page,
}) => {
  const silence = async (procedure: string) => {
    const calls = (url: URL) => url.pathname.includes(procedure);
    await page.route(calls, async (route) => {
      const names = new URL(route.request().url()).pathname.split("/").at(-1)?.split(",") ?? [];
      const error = { json: { message: "away", code: -32603, data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 } } };
      const answers: unknown[] = await (await route.fetch()).json();
      // What else is asked for in the same request is answered.
      await route.fulfill({ status: 207, json: answers.map((answer, index) => (names[index] === procedure ? { error } : answer)) });
    });
    return () => page.unroute(calls);
  };
  const alert = page.getByRole("main").getByRole("alert");
  await openWorkflow(page, WORKFLOW.fails);
  const back = await silence("execution.list");
  await page.reload();
  await expect(alert).toContainText("The runs cannot be read");
  await expect(page.getByRole("heading", { name: WORKFLOW.fails, level: 1 })).toBeVisible();
  await back();
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(alert).toHaveCount(0);
  await expect(runButton(page)).toBeVisible();

  const listBack = await silence("workflow.list");
  await page.goto(`${one}/workflows`);
  await expect(alert).toContainText("The workflows cannot be read");
  await listBack();
  await expect(page.getByRole("main").getByRole("link", { name: WORKFLOW.fails })).toBeVisible();
});

test("[WFL6] a new account makes its first workflow, exports it, and takes it back in; a file with mistakes says where they are", async ({
  browser,
}) => {
  const page = await (await browser.newContext()).newPage();
  const person = newPerson();
  await signUp(page, one, person);
  await enter(page, one, person, "/workflows");
  const main = page.getByRole("main");
  await expect(main).toContainText("No workflows yet");
  await main.getByRole("button", { name: "Make the first one" }).click();
  await page.getByRole("radio", { name: /^A delivery that fails/ }).click();
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByRole("heading", { name: "A delivery that fails", level: 1 })).toBeVisible();

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "More for A delivery that fails" }).click();
  await page.getByRole("menuitem", { name: "Export as JSON" }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe("A delivery that fails.json");
  const text = await readFile(await download.path(), "utf8");

  await page.goto(`${one}/workflows`);
  await expect(main.getByRole("listitem")).toHaveCount(1);
  await page.keyboard.press("n");
  await page.getByRole("tab", { name: "Import JSON" }).click();
  const dialog = page.getByRole("dialog", { name: "New workflow" });
  const field = dialog.getByRole("textbox");
  await field.fill(text.replace('"type": "manual"', '"type": "magic"'));
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("Nothing was imported.");
  await dialog.getByRole("button", { name: /nodes\[0\]\.type/ }).click();
  const selected = await field.evaluate((area) =>
    area instanceof HTMLTextAreaElement ? area.value.slice(area.selectionStart, area.selectionEnd) : null,
  );
  expect(selected).toBe('"magic"');

  await field.fill(text);
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await expect(page).toHaveURL(/\/workflows\/[0-9a-f-]{36}$/);
  await page.goto(`${one}/workflows`);
  await expect(main.getByRole("listitem")).toHaveCount(2);
});

test("a workflow without nodes stays off and says why; switched on, it is on in every window", async ({ page, context }) => {
  const name = "Nothing yet";
  const workflowId = await makeEndlessWorkflow(page, "On and off");
  await page.keyboard.press("n");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByText("This workflow has no nodes yet")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Run/ })).toHaveCount(1);
  const run = page.getByRole("banner").getByRole("button", { name: /^Run ?: it has no nodes yet/ });
  await expect(run).toBeDisabled();
  await expect(page.getByText("It has no nodes yet, so there is nothing to run.")).toBeVisible();
  await page.getByRole("button", { name: "Begin from an example or a file" }).click();
  const dialog = page.getByRole("dialog", { name: "New workflow" });
  await expect(dialog.getByRole("radio", { checked: true })).toHaveAccessibleName(/^Revenue by region/);
  await dialog.getByRole("tab", { name: "Import JSON" }).click();
  await expect(dialog.getByLabel("Exported workflow, as JSON")).toBeVisible();
  await page.goto(`${one}/workflows`);
  const other = await context.newPage();
  await other.goto(`${one}/workflows`);
  await expectLive(page);

  await page.getByRole("switch", { name: `${name} is active` }).click();
  await expect(page.getByText("It stays off. It has no nodes yet.")).toBeVisible();
  await expect(page.getByRole("switch", { name: `${name} is active` })).not.toBeChecked();
  await page.getByRole("switch", { name: "On and off is active" }).click();
  await expect(other.getByRole("switch", { name: "On and off is active" })).toBeChecked();

  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  // Its keys are its own while a question is open.
  await expect(page.getByRole("alertdialog").getByRole("button", { name: "Keep it" })).toBeFocused();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("alertdialog").getByRole("button", { name: "Keep it" }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove the workflow" }).click();
  await expect(other.getByRole("main").getByRole("link", { name })).toHaveCount(0);
  await removeWorkflow(page, workflowId);
});
