/** People with accounts of their own, made as anybody makes one: a test that ends sessions or changes passwords needs nobody else's. */
import { randomUUID } from "node:crypto";
import { expect, type Page } from "@playwright/test";
import { linkIn, mailTo } from "./mailbox.ts";

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export function newPerson(name = "Mira Sol"): Person {
  return { name, email: `${randomUUID()}@example.com`, password: `password-${randomUUID()}` };
}

/** Fills in the form and sends it; what comes next is up to the server. */
export async function fillSignUp(page: Page, address: string, { name, email, password }: Person): Promise<void> {
  await page.goto(`${address}/sign-up`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign up" }).click();
}

/** From nothing to a confirmed account; nobody is signed in afterwards. */
export async function signUp(page: Page, address: string, person: Person): Promise<void> {
  await fillSignUp(page, address, person);
  await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
  await page.goto(linkIn(await mailTo(person.email)));
  await confirmAddress(page, person.password);
  await expect(page.getByRole("heading", { name: "Address confirmed" })).toBeVisible();
}

/** On the page that the mail's link leads to. */
export async function confirmAddress(page: Page, password: string): Promise<void> {
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Confirm my address" }).click();
}

/** Signs in and goes to `path`. */
export async function enter(page: Page, address: string, { email, password }: Omit<Person, "name">, path: string): Promise<void> {
  await page.goto(`${address}/sign-in?returnTo=${encodeURIComponent(path)}`);
  await submitSignIn(page, email, password);
  await page.waitForURL(`**${path}`);
}

export async function submitSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}
