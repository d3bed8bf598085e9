import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import type axe from "axe-core";

declare const window: { axe: typeof axe };

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What everything is looked at in: wide and narrow, light and dark. */
export const looks = Object.entries({ wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } }).flatMap(
  ([name, viewport]) =>
    (["light", "dark"] as const).map((colorScheme) => ({
      name: `${name}, ${colorScheme}`,
      viewport,
      colorScheme,
      reducedMotion: "reduce" as const,
    })),
);

/** Fails when axe finds anything that it calls serious or critical. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
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
