import { expect, type Locator, type Page } from "@playwright/test";
import { addresses, DEMO } from "./support/addresses.ts";
import { linkIn, mailTo } from "./support/mailbox.ts";
import { expectLive, expectState, openWorkflow, runButton, signIn, WORKFLOW } from "./support/pages.ts";
import { newPerson } from "./support/people.ts";
import { test } from "./support/test.ts";

const { one } = addresses();
const WORKFLOW_NAME = "Made by keys";
/** More controls than any page has before its content. */
const MAX_TABS = 60;

test("without a pointer: sign up, make a workflow from an example, run it, share it, sign out", async ({ page }) => {
  const { name, email, password } = newPerson();
  await page.goto(`${one}/sign-up`);
  await tabTo(page, page.getByLabel("Name"));
  await page.keyboard.type(name);
  await tabTo(page, page.getByLabel("Email"));
  await page.keyboard.type(email);
  await tabTo(page, page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
  await page.goto(linkIn(await mailTo(email)));
  await tabTo(page, page.getByLabel("Password"));
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Email")).toHaveValue(email);
  await tabTo(page, page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/workflows");
  await expectLive(page);
  await expect(page.getByText("No workflows yet")).toBeVisible();

  await page.keyboard.press("n");
  const making = page.getByRole("dialog", { name: "New workflow" });
  await expect(making.getByLabel("Name", { exact: true })).toBeFocused();
  // Its name stands selected, so typing replaces it.
  await page.keyboard.type(WORKFLOW_NAME);
  await tabTo(page, making.getByRole("radio", { name: /^Empty/ }));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(making.getByRole("radio", { name: /^A delivery that fails/ })).toBeChecked();
  await tabTo(page, making.getByRole("button", { name: "Make it" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: WORKFLOW_NAME, level: 1 })).toBeVisible();
  await expectLive(page);

  const banner = page.getByRole("banner");
  await tabTo(page, banner.getByRole("button", { name: "Run", exact: true }));
  await page.keyboard.press("Enter");
  await expectState(page, "Running");

  const share = banner.getByRole("button", { name: "Share", exact: true });
  await tabTo(page, share);
  await page.keyboard.press("Enter");
  const members = page.getByRole("dialog", { name: `Members of ${WORKFLOW_NAME}` });
  await expect(members.getByRole("listitem")).toHaveCount(1);
  await tabTo(page, members.getByLabel("Share with"));
  await page.keyboard.type(DEMO.two);
  await tabTo(page, members.getByRole("combobox", { name: "Role", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("listbox")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await tabTo(page, members.getByRole("button", { name: "Share", exact: true }));
  await page.keyboard.press("Enter");
  await expect(members.getByRole("status")).toContainText(`Shared with ${DEMO.two} as editor.`);
  await expect(members.getByRole("listitem")).toHaveCount(2);
  await page.keyboard.press("Escape");
  await expect(members).toHaveCount(0);
  await expect(share).toBeFocused();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("sign out");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/sign-in/);
});

test("what is typed right after the key that opens the commands or a dialog is never a command", async ({ page }) => {
  await signIn(page, one, DEMO.one);
  await openWorkflow(page, WORKFLOW.fails);
  const started: string[] = [];
  page.on("request", (request) => request.url().includes("execution.start") && started.push(request.url()));
  const before = runButton(page);
  await before.focus();
  /** Keys in a row before the next frame, as from a quick hand on a slow machine. Gives what a field that has the focus then asks for. */
  const pressAtOnce = (...keys: { readonly key: string; readonly ctrlKey?: boolean }[]) =>
    page.evaluate(async (all) => {
      for (const each of all) {
        document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { ...each, bubbles: true, cancelable: true }));
        await Promise.resolve();
      }
      return document.activeElement?.getAttribute("placeholder") ?? null;
    }, keys);
  expect(await pressAtOnce({ key: "k", ctrlKey: true }, { key: "s" }, { key: "r" })).toBe("What do you want to do?");
  await expect(page.getByRole("dialog", { name: "Commands" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(before).toBeFocused();
  await pressAtOnce({ key: "?" }, { key: "s" }, { key: "r" });
  await expect(page.getByRole("dialog", { name: "Shortcuts" })).toBeVisible();
  await expect(page).toHaveURL(/\/workflows\//);
  expect(started).toEqual([]);
});

test("a key works from the moment its page is the app's, also where everything takes long", async ({ page }) => {
  await signIn(page, one, DEMO.one);
  await page.addInitScript((longMs) => {
    const real = Object.getOwnPropertyDescriptor(Document.prototype, "activeElement");
    const isReacts = (element: Element | null) => element !== null && Object.keys(element).some((key) => key.startsWith("__react"));
    let pressed = false;
    // React asks where the focus is as it begins to put a tree in place. After a long task it lets the browser go on, whose next
    // key then comes ahead of the effects that can wait.
    Object.defineProperty(Document.prototype, "activeElement", {
      ...real,
      get(): Element | null {
        if (!pressed && isReacts(document.querySelector("h1"))) {
          pressed = true;
          for (const end = performance.now() + longMs; performance.now() < end; );
          queueMicrotask(() => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true, cancelable: true })));
        }
        return real?.get?.call(this);
      },
    });
  }, 50);
  await page.goto(`${one}/workflows`);
  await expect(page.getByRole("dialog", { name: "New workflow" })).toBeVisible();
});

/** Presses Tab until this has the focus, as somebody would who cannot point at it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < MAX_TABS; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}
