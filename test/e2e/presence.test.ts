import { type Browser, type BrowserContextOptions, expect, type Locator, type Page } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { expectAccessible, looks } from "./support/axe.ts";
import { expectLive, signIn, WORKFLOW } from "./support/pages.ts";
import { test } from "./support/test.ts";
import { startThirdServer } from "./support/third-server.ts";
import { callApi, removeWorkflow } from "./support/workflows.ts";

const { one, two } = addresses();
const wide = { viewport: { width: 1280, height: 800 } };
/** What the demo's people are called. */
const ADA = "Ada Brandt";
const JONAS = "Jonas Okafor";
const ROOM = "A room for two";

let room: { readonly page: Page; readonly workflowId: string } | null = null;

test.afterEach(async () => {
  if (room) await removeWorkflow(room.page, room.workflowId);
  room = null;
});

test("[PRS3] two people on two servers see each other's cursor, selection and who follows whom", async ({ browser }) => {
  const ada = await openRoom(browser);
  const jonas = await open(browser, two, DEMO.two);
  await expect(face(ada, JONAS)).toBeVisible();
  await expect(face(jonas, ADA)).toBeVisible();

  // Where one points in the drawing, the other sees it, wherever that is on the screen.
  await moveTo(jonas, node(jonas, "Paid only"));
  await expectAt(cursor(ada, JONAS), node(ada, "Paid only"));
  await moveTo(ada, node(ada, "Start"));
  await expectAt(cursor(jonas, ADA), node(jonas, "Start"));

  await node(jonas, "Read orders").click();
  await expect(marks(ada)).toHaveText([JONAS]);
  await jonas.getByRole("button", { name: "Close the inspector" }).click();
  await expectAt(cursor(ada, JONAS), null);

  await face(ada, JONAS).click();
  await expect(face(ada, JONAS)).toHaveAttribute("aria-pressed", "true");
  await expect(ada.getByText(`Following ${JONAS}`).first()).toBeVisible();
  await expect(jonas.getByText("1 follows you")).toBeVisible();
  await pan(jonas, { x: -180, y: 60 });
  await expect.poll(() => place(ada)).toEqual(await place(jonas));
  // Nobody goes in circles.
  await face(jonas, ADA).click();
  await expect(jonas.getByText(`${ADA} already follows where you look.`)).toBeVisible();
  await expect(face(jonas, ADA)).toHaveAttribute("aria-pressed", "false");

  await ada.keyboard.press("Escape");
  await expect(jonas.getByText("1 follows you")).toBeHidden();
  await face(ada, JONAS).click();
  await expect(jonas.getByText("1 follows you")).toBeVisible();
  await pan(ada, { x: 90, y: 0 });
  await expect(face(ada, JONAS)).toHaveAttribute("aria-pressed", "false");
  await expect(jonas.getByText("1 follows you")).toBeHidden();

  // Who is out of sight has an arrow at the edge.
  await moveTo(jonas, node(jonas, "Read orders"));
  await expect(cursor(ada, JONAS)).toBeVisible();
  for (let times = 0; times < 3; times++) await pan(ada, { x: -400, y: 0 });
  await expect(ada.locator(`[data-arrow="${JONAS}"]`)).toBeVisible();
  await expect(cursor(ada, JONAS)).toBeHidden();
});

test("[PRS1] a killed server's people are gone, and come back the same", async ({ browser }) => {
  const ada = await openRoom(browser);
  await using before = await startThirdServer();
  const jonas = await open(browser, before.address, DEMO.two);
  await expect(face(ada, JONAS)).toBeVisible();
  await moveTo(jonas, node(jonas, "Paid only"));
  await expect(cursor(ada, JONAS)).toBeVisible();
  const [color, adasColor] = [await colorOf(ada, JONAS), await colorOf(jonas, ADA)];

  await before[Symbol.asyncDispose](); // kill -9
  await expect(face(ada, JONAS)).toHaveCount(0, { timeout: 30_000 });
  await expect(cursor(ada, JONAS)).toHaveCount(0);
  // Who lost the connection goes on seeing what was there, and that the connection is lost.
  await expect(face(jonas, ADA)).toBeVisible();

  await using after = await startThirdServer();
  expect(after.address).toBe(before.address);
  await expect(face(ada, JONAS)).toBeVisible({ timeout: 45_000 });
  expect(await colorOf(ada, JONAS)).toBe(color);
  expect(await colorOf(jonas, ADA)).toBe(adasColor);
  await moveTo(jonas, node(jonas, "Start"));
  await expectAt(cursor(ada, JONAS), node(ada, "Start"));
  await ada.getByRole("button", { name: /^People/ }).click();
  await expect(ada.getByRole("region", { name: "Came and went" }).getByRole("listitem")).toContainText([
    `${JONAS} joined`,
    `${JONAS} left`,
    `${JONAS} joined`,
  ]);
});

test("[PRS1] somebody who goes offline is away, then gone, and is the same when they return", async ({ browser }) => {
  const ada = await openRoom(browser);
  const jonas = await open(browser, two, DEMO.two);
  await expect(face(ada, JONAS)).toBeVisible();
  const color = await colorOf(ada, JONAS);

  await jonas.context().setOffline(true);
  await expect(face(ada, JONAS)).toHaveCount(0, { timeout: 40_000 });
  await jonas.context().setOffline(false);
  await expect(face(ada, JONAS)).toBeVisible({ timeout: 30_000 });
  expect(await colorOf(ada, JONAS)).toBe(color);

  // A reload is no leaving: the face is there all the while.
  await ada.evaluate((name) => {
    const look = () => {
      const faces = document.querySelector("[aria-label='Also on this workflow']");
      if (!faces?.textContent.includes(name)) document.body.dataset.flickered = "true";
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  }, JONAS);
  await jonas.reload();
  await expect(face(jonas, ADA)).toBeVisible();
  await expect(face(ada, JONAS)).toHaveAttribute("data-state", "active");
  await expect(ada.locator("body")).not.toHaveAttribute("data-flickered");
});

test("two tabs of one person are one face, and the list says who is where", async ({ browser }) => {
  const ada = await openRoom(browser);
  const jonas = await open(browser, two, DEMO.two);
  const again = await jonas.context().newPage();
  await again.goto(jonas.url());
  await expect(face(again, ADA)).toBeVisible();
  await expect(again.getByRole("button", { name: "Follow You, in another tab" })).toBeVisible();
  await expect(face(ada, JONAS)).toHaveCount(1);

  await jonas.getByRole("button", { name: "Rename the workflow" }).click();
  await jonas.keyboard.type("Revenue");
  await expect(ada.getByRole("button", { name: `Follow ${JONAS}, typing` })).toBeVisible();
  await jonas.keyboard.press("Escape");
  await expect(ada.getByRole("button", { name: `Follow ${JONAS}, typing` })).toBeHidden();

  await again.goto(`${two}/workflows`);
  const row = again.getByRole("listitem").filter({ has: again.getByRole("link", { name: ROOM }) });
  await expect(row.getByRole("img", { name: /^Here now/ })).toHaveAttribute("aria-label", `Here now: ${ADA}, ${JONAS}`);
});

for (const { name, ...look } of looks) {
  test(`nothing serious stands in anybody's way while others are here: ${name}`, async ({ browser }) => {
    const ada = await openRoom(browser, look);
    const jonas = await open(browser, two, DEMO.two);
    await node(jonas, "Read orders").click();
    await expect(marks(ada)).toHaveText([JONAS]);
    await moveTo(jonas, node(jonas, "Paid only"));
    const people = ada.getByRole("button", { name: /^People: \d/ });
    await expect(people).toBeVisible();
    await expectAccessible(ada, "others on a workflow");
    await people.click();
    await ada
      .getByRole("dialog")
      .getByRole("button", { name: `Follow ${JONAS}` })
      .click();
    await expect(jonas.getByText("1 follows you")).toBeVisible();
    await expectAccessible(ada, "the people, and following");
    await ada.keyboard.press("Escape");
    await ada.goto(`${one}/workflows`);
    await expect(ada.getByRole("img", { name: `Here now: ${JONAS}` })).toBeVisible();
    await expectAccessible(ada, "who is where");
  });
}

/** A copy of the demo for one test alone: nobody who left the last one a second ago is still on it. Ada opens it. */
async function openRoom(browser: Browser, look: BrowserContextOptions = wide): Promise<Page> {
  const page = await (await browser.newContext(look)).newPage();
  await signIn(page, one, DEMO.one);
  const link = page.getByRole("main").getByRole("link", { name: WORKFLOW.succeeds, exact: true });
  const from = (await link.getAttribute("href"))?.split("/").at(-1);
  const { workflowId } = await callApi<{ workflowId: string }>(page, "workflow.create", { name: ROOM, from });
  room = { page, workflowId };
  await callApi(page, "workflow.share", { workflowId, email: DEMO.two, role: "editor" });
  await openIt(page, one);
  return page;
}

/** Another person opens it. */
async function open(browser: Browser, address: string, email: string): Promise<Page> {
  const page = await (await browser.newContext(wide)).newPage();
  await signIn(page, address, email);
  await openIt(page, address);
  return page;
}

async function openIt(page: Page, address: string): Promise<void> {
  await page.goto(`${address}/workflows/${room?.workflowId}`);
  await expect(page.getByRole("heading", { name: ROOM, level: 1 })).toBeVisible();
  await expectLive(page);
}

function face(page: Page, name: string): Locator {
  return page.getByRole("banner").getByRole("button", { name: `Follow ${name}` });
}

/** Whose colour it is, also while they are away and only their outline has it. */
async function colorOf(page: Page, name: string): Promise<string> {
  const initials = face(page, name).getByText(/^[A-Z]{2}$/);
  const color = await initials.evaluate((element) => getComputedStyle(element).getPropertyValue("--person"));
  expect(color).not.toBe("");
  return color;
}

function cursor(page: Page, name: string): Locator {
  return page.locator(`[data-cursor="${name}"]`);
}

function node(page: Page, name: string): Locator {
  return page.getByLabel(`Node ${name}`, { exact: true });
}

/** The names over nodes. */
function marks(page: Page): Locator {
  return page.getByRole("list", { name: "Also here" }).getByRole("listitem");
}

async function middleOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (!box) throw new Error(`${locator} is not on the page.`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** As a hand does, on a way. */
async function moveTo(page: Page, target: Locator): Promise<void> {
  const { x, y } = await middleOf(target);
  await page.mouse.move(x - 40, y - 20);
  await page.mouse.move(x, y, { steps: 8 });
}

/** Waits until the tip of a cursor is in the middle of this; null: until it is seen nowhere. */
async function expectAt(pointer: Locator, target: Locator | null): Promise<void> {
  if (target === null) return expect(pointer).toBeHidden();
  await expect(pointer).toBeVisible();
  const { x, y } = await middleOf(target);
  await expect
    .poll(async () => {
      const tip = await pointer.boundingBox();
      return tip ? Math.hypot(tip.x - x, tip.y - y) : Number.POSITIVE_INFINITY;
    })
    .toBeLessThan(4);
}

/** Drags the canvas by its empty ground, just above its lower edge. */
async function pan(page: Page, by: { x: number; y: number }): Promise<void> {
  const box = await page.locator(".react-flow").boundingBox();
  if (!box) throw new Error("There is no canvas.");
  const from = { x: box.x + box.width / 2, y: box.y + box.height - 24 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + by.x, from.y - Math.abs(by.y), { steps: 6 });
  await page.mouse.up();
}

/** Where the drawing lies, to the pixel. */
function place(page: Page): Promise<number[]> {
  return page.locator(".react-flow__viewport").evaluate((viewport) => {
    const { a, e, f } = new DOMMatrix(getComputedStyle(viewport).transform);
    return [Math.round(a * 100) / 100, Math.round(e), Math.round(f)];
  });
}
