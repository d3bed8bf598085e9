import { expect, test } from "vitest";
import { createHooks, defineHook } from "#server/hooks.ts";

test("what was registered runs in order, one after the other, with what the hook is given", async () => {
  const hook = defineHook<(name: string) => Promise<string>>("test");
  const hooks = createHooks();
  const told: string[] = [];
  for (const who of ["first", "second"])
    hooks.on(hook, async (name) => {
      told.push(`${who} begins`);
      await Promise.resolve();
      told.push(`${who} ends`);
      return `${who} heard ${name}`;
    });
  expect(await hooks.run(hook, "it")).toEqual(["first heard it", "second heard it"]);
  expect(told).toEqual(["first begins", "first ends", "second begins", "second ends"]);
});

test("the first that throws stops the others, and a hook that nobody uses does nothing", async () => {
  const hook = defineHook<() => Promise<void>>("test");
  const hooks = createHooks();
  expect(await hooks.run(hook)).toEqual([]);
  let reached = false;
  hooks.on(hook, () => Promise.reject(new Error("no")));
  hooks.on(hook, async () => {
    reached = true;
  });
  await expect(hooks.run(hook)).rejects.toThrow("no");
  expect(reached).toBe(false);
  // Another instance in the same process knows nothing of it.
  expect(await createHooks().run(hook)).toEqual([]);
});
