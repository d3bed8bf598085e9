import { expect, test } from "vitest";
import { emailAddress, workflowDescription, workflowName } from "#features/workflow/text.ts";

test.each(["a\0b", "\ud800", "x\udc00y", "\u{1F600}\ud83d"])("[WFL8] %j is refused in a name, a description and an address", (text) => {
  expect(workflowName.safeParse(text).success).toBe(false);
  expect(workflowDescription.safeParse(text).success).toBe(false);
  expect(emailAddress.safeParse(`${text}@example.com`).success).toBe(false);
});

test("[WFL8] the refusal says what is wrong", () => {
  expect(workflowName.safeParse("a\0b").error?.issues[0]?.message).toContain("NUL");
  expect(workflowName.safeParse("\ud800").error?.issues[0]?.message).toContain("surrogate");
  expect(workflowName.safeParse("two\nlines").error?.issues[0]?.message).toContain("one line");
  expect(workflowName.safeParse(" ").error?.issues[0]?.message).toBe("A name cannot be empty.");
  expect(workflowName.safeParse("x".repeat(121)).error?.issues[0]?.message).toBe("A name has at most 120 characters.");
});

test("a name keeps everything else, without the space around it", () => {
  expect(workflowName.parse("  Größe 尺寸 👩‍👩‍👧 ﷽  ")).toBe("Größe 尺寸 👩‍👩‍👧 ﷽");
  expect(workflowName.safeParse("   ").success).toBe(false);
  expect(workflowName.safeParse("x".repeat(121)).success).toBe(false);
});

test("an address is stored in one spelling, with at most 254 characters", () => {
  expect(emailAddress.parse(" Ada@Example.COM ")).toBe("ada@example.com");
  expect(emailAddress.safeParse("nobody").success).toBe(false);
  expect(emailAddress.safeParse(`${"a".repeat(242)}@example.com`).success).toBe(true);
  expect(emailAddress.safeParse(`${"a".repeat(243)}@example.com`).success).toBe(false);
});
