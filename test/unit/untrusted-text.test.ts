/**
 * The rule for text that somebody typed or some server answered: React shows it as text, and an address becomes a link only by
 * `ExternalLink`. These tests keep every other way out of `src/`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { safeHref } from "../../src/ui/safe-href.ts";
import fc from "../support/fast-check.ts";

const SRC = join(import.meta.dirname, "../../src");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => /\.(ts|tsx|mjs)$/.test(file));
const LINK = join("ui", "external-link.tsx");

const forbidden: readonly { name: string; pattern: RegExp; except?: string }[] = [
  { name: "dangerouslySetInnerHTML", pattern: /dangerouslySetInnerHTML/ },
  {
    name: "markup made of text",
    pattern: /\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write\b|createContextualFragment|DOMParser|srcDoc=/,
  },
  { name: "text that is run", pattern: /\beval\(|new Function\(|setTimeout\(\s*["'`]/ },
  { name: "a link that is neither ExternalLink nor a download", pattern: /<a\s(?![^>]*\bdownload\b)/, except: LINK },
  { name: "an address that runs something", pattern: /["'`]javascript:/i },
];

describe.each(forbidden)("src/ does without $name", ({ pattern, except }) => {
  test("in every file", () => {
    expect(files.filter((file) => file !== except && pattern.test(readFileSync(join(SRC, file), "utf8")))).toEqual([]);
  });
});

test("it looked at the files", () => {
  expect(files.length).toBeGreaterThan(100);
});

describe("safeHref", () => {
  test.each([
    ["https://example.com/a?b#c", "https://example.com/a?b#c"],
    [" http://example.com", "http://example.com/"],
    ["mailto:ada@example.com", "mailto:ada@example.com"],
  ])("%s may be a link", (text, href) => expect(safeHref(text)).toBe(href));

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://example.com/x",
    "file:///etc/passwd",
    "//example.com",
    "/local",
    "",
  ])("%j may not", (text) => expect(safeHref(text)).toBeNull());

  test("nothing gets through with another protocol", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `javascript:${text}`),
        ),
        (text) => {
          const href = safeHref(text);
          if (href !== null) expect(href).toMatch(/^(https?|mailto):/);
        },
      ),
      { numRuns: 200 },
    );
  });
});
