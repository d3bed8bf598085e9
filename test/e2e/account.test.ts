/** An account from its first mail to its deletion, in browsers, against two servers. */
import { expect, type Page } from "@playwright/test";
import { addresses } from "./support/addresses.ts";
import { expectAccessible, looks } from "./support/axe.ts";
import { linkIn, mailTo } from "./support/mailbox.ts";
import { confirmAddress, enter, fillSignUp, newPerson, type Person, signUp, submitSignIn } from "./support/people.ts";
import { test } from "./support/test.ts";

const { one, two } = addresses();

const notice = (page: Page) => page.getByRole("region", { name: "Signed out" });
const live = (page: Page) => page.getByRole("banner").getByRole("button", { name: /^Live/ });

/** The same person in another browser, live on a page. */
async function another(page: Page, address: string, person: Person, path: string): Promise<Page> {
  const browser = page.context().browser();
  if (!browser) throw new Error("No browser.");
  const other = await (await browser.newContext()).newPage();
  await enter(other, address, person, path);
  await expect(live(other)).toBeVisible();
  return other;
}

test("an account begins with its confirmed address, and nobody else learns that there is one", async ({ page }) => {
  const person = newPerson();
  await fillSignUp(page, one, person);
  await expect(page.getByRole("heading", { name: "Check your mail" })).toBeFocused();
  const before = await page.getByRole("main").textContent();
  const link = linkIn(await mailTo(person.email));

  await page.goto(`${one}/sign-in`);
  await submitSignIn(page, person.email, person.password);
  const refusal = page.getByRole("main").getByRole("alert");
  await expect(refusal).toContainText("do not go together, or the address has not been confirmed yet");
  const unconfirmed = await refusal.textContent();

  await page.goto(link);
  await confirmAddress(page, person.password);
  await expect(page.getByLabel("Email")).toHaveValue(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(workflows|counter)$/);
  await page.getByRole("button", { name: `Account of ${person.name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");

  // Everything is said again as it was said before there was one.
  await submitSignIn(page, person.email, "not the password");
  await expect(refusal).toHaveText(unconfirmed ?? "");
  await fillSignUp(page, two, person);
  await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
  expect(await page.getByRole("main").textContent()).toBe(before);
  expect((await mailTo(person.email, 2)).subject).toBe("You have an account already");

  await page.goto(link);
  await confirmAddress(page, person.password);
  await expect(page.getByRole("heading", { name: "This link does not work" })).toBeFocused();
});

test("what is wrong in the form is said beside the field", async ({ page }) => {
  // A zero-width space: the browser lets it pass, the server does not.
  await fillSignUp(page, one, { ...newPerson(), name: "\u200b" });
  await expect(page.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Name")).toHaveAccessibleDescription("A name has at least one letter or number.");
});

test("a forgotten password is replaced by a mail, and every device is signed out", async ({ page }) => {
  const person = newPerson();
  await signUp(page, one, person);
  const other = await another(page, two, person, "/counter");

  await page.goto(`${one}/sign-in`);
  await page.getByRole("link", { name: "Forgot your password" }).click();
  // The page before has a field of this name, too.
  await expect(page.getByRole("heading", { name: "Forgot your password" })).toBeVisible();
  await page.getByLabel("Email").fill(person.email);
  await page.getByRole("button", { name: "Send the mail" }).click();
  await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
  const link = linkIn(await mailTo(person.email, 2));
  await page.goto(link);
  const password = `${person.password}-2`;
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(notice(other).filter({ hasText: "your password was changed" })).toBeVisible();

  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("do not go together");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(workflows|counter)$/);

  await page.goto(link);
  await page.getByLabel("New password").fill("another password");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByRole("heading", { name: "This link does not work" })).toBeVisible();
});

test("[WS2] a device that is signed out elsewhere says so by itself, and goes on from its place", async ({ page }) => {
  const person = newPerson();
  await signUp(page, one, person);
  await enter(page, one, person, "/account");
  const other = await another(page, two, person, "/counter");
  // It is the same page afterwards: a load would forget this.
  await other.evaluate(() => Object.assign(window, { sameLoad: true }));
  const shown = await other.getByLabel("Counter", { exact: true }).textContent();

  await page.reload();
  const devices = page.getByRole("list", { name: "Devices" }).getByRole("listitem");
  await expect(devices).toHaveCount(2);
  await expect(devices.filter({ hasText: "This device" })).toHaveCount(1);
  const signOut = devices.filter({ hasText: "Last used" }).getByRole("button", { name: /^Sign out/ });
  const words = "You were signed out, here or from another device.";
  await signOut.click();
  await expect(notice(other).filter({ hasText: words })).toBeVisible();
  await expect(other.getByLabel("Counter", { exact: true })).toHaveText(shown ?? "");
  await expect(devices).toHaveCount(1);
  await expect(page.getByText("You are signed in nowhere else.")).toBeVisible();
  await expect(live(page)).toBeVisible();

  await notice(other).getByRole("button", { name: "Sign in" }).click();
  const dialog = other.getByRole("dialog", { name: "Sign in to go on" });
  await expect(dialog.getByLabel("Email")).toHaveValue(person.email);
  await dialog.getByLabel("Password").fill("not the password");
  await other.keyboard.press("Enter");
  await expect(dialog.getByRole("alert")).toContainText("do not go together");
  await dialog.getByLabel("Password").fill(person.password);
  await other.keyboard.press("Enter");
  await expect(live(other)).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await expect(notice(other)).toHaveCount(0);
  await other.getByRole("button", { name: "One more" }).click();
  await expect(other.getByRole("list", { name: "What happened" })).toContainText(person.name);
  expect(await other.evaluate(() => "sameLoad" in window)).toBe(true);
});

test("a page that somebody else has signed in beside is loaded again, not shown to them", async ({ page }) => {
  const [first, second] = [newPerson("First Person"), newPerson("Second Person")];
  await signUp(page, one, first);
  await signUp(page, one, second);
  await enter(page, one, first, "/counter");
  await expect(live(page)).toBeVisible();
  const tab = await page.context().newPage();
  await tab.goto(`${one}/counter`);
  await tab.getByRole("button", { name: /Account of/ }).click();
  await tab.getByRole("menuitem", { name: "Sign out" }).click();
  await tab.waitForURL("**/sign-in");
  await expect(notice(page)).toBeVisible();

  await notice(page).getByRole("button", { name: "Sign in" }).click();
  await submitSignIn(page, second.email, second.password);
  await expect(page.getByRole("button", { name: "Account of Second Person" })).toBeVisible();
  await expect(page).toHaveURL(`${one}/counter`);
});

test("name and colour change everywhere, the password signs all others out", async ({ page }) => {
  const person = newPerson();
  await signUp(page, one, person);
  await enter(page, one, person, "/account");
  await page.getByLabel("Name").fill("Mira Luz");
  await page.getByRole("radio", { name: "teal" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Account of Mira Luz" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("radio", { name: "teal" })).toBeChecked();

  const other = await another(page, two, person, "/counter");
  await page.getByLabel("Current password").fill("not the password");
  await page.getByLabel("New password").fill("a new password");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByLabel("Current password")).toHaveAccessibleDescription("This is not your password. Nothing was changed.");
  await page.getByLabel("Current password").fill(person.password);
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(notice(other).filter({ hasText: "your password was changed" })).toBeVisible();
  // The session that signing up began and the other browser's.
  await expect(page.getByText(/^Changed\. \d other devices? w(as|ere) signed out\.$/)).toBeVisible();
  expect((await mailTo(person.email, 2)).subject).toBe("Your password was changed");
});

test("deleting an account asks once, names what goes, and wants the password", async ({ page }) => {
  const person = newPerson();
  await signUp(page, one, person);
  await enter(page, one, person, "/account");
  const other = await another(page, two, person, "/counter");
  await page.getByRole("button", { name: "Delete the account" }).click();
  const dialog = page.getByRole("dialog", { name: `Delete the account of ${person.email}` });
  await expect(dialog.getByRole("listitem").first()).toHaveText("your name, colour and address");
  await dialog.getByLabel("Your password").fill("not the password");
  await dialog.getByRole("button", { name: "Delete the account" }).click();
  await expect(dialog.getByLabel("Your password")).toHaveAccessibleDescription("This is not your password. Nothing was changed.");
  await dialog.getByLabel("Your password").fill(person.password);
  await dialog.getByRole("button", { name: "Delete the account" }).click();
  await expect(notice(other).filter({ hasText: "This account was deleted." })).toBeVisible();
  await page.waitForURL("**/sign-in");

  await submitSignIn(page, person.email, person.password);
  await expect(page.getByRole("main").getByRole("alert")).toContainText("do not go together");
});

test("mails are shown to nobody in production, and buttons for what is not configured neither", async ({ page }) => {
  expect((await page.goto(`${one}/dev/mail`))?.status()).toBe(404);
  await page.goto(`${one}/sign-in`);
  await expect(page.getByRole("button", { name: /^Continue with/ })).toHaveCount(0);
  await expect(page.getByText("Development only")).toHaveCount(0);
});

let shared: Person | null = null;

for (const { name, ...look } of looks) {
  test(`nothing serious stands in anybody's way to an account: ${name}`, async ({ browser }) => {
    const page = await (await browser.newContext(look)).newPage();
    for (const [path, heading] of [
      ["/sign-in?error=SignInUnavailable", "Sign in"],
      ["/sign-up", "Sign up"],
      ["/verify?token=x", "Confirm your address"],
      ["/verify", "This link does not work"],
      ["/reset", "Forgot your password"],
      ["/reset?token=x", "Choose a new password"],
    ] as const) {
      await page.goto(`${one}${path}`);
      await expect(page.getByRole("heading", { name: heading })).toBeVisible();
      await expectAccessible(page, path);
    }
    if (!shared) {
      shared = newPerson();
      await signUp(page, one, shared);
      await expectAccessible(page, "an address confirmed");
    }
    await enter(page, one, shared, "/account");
    const other = await another(page, two, shared, "/account");
    await page.reload();
    await expect(page.getByRole("button", { name: "Sign out all others" })).toBeVisible();
    await expectAccessible(page, "the account");
    await page.getByRole("button", { name: "Delete the account" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page, "the question before deleting");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /Account of/ }).click();
    await expect(page.getByRole("menu")).toBeVisible();
    await expectAccessible(page, "the menu of the account");
    await page.keyboard.press("Escape");

    await other.getByRole("button", { name: "Sign out all others" }).click();
    await expect(notice(page)).toBeVisible();
    await expectAccessible(page, "signed out");
    await notice(page).getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page, "signing in again");
  });
}
