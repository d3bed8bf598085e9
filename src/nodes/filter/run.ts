import { defineRunner } from "../context.ts";
import { evaluateItems } from "../evaluate-items.ts";
import { filter } from "./definition.ts";

export const runFilter = defineRunner(filter, async (context) => {
  const verdicts = await evaluateItems(context, "boolean");
  const kept = context.input.filter((_, index) => verdicts[index] === true);
  context.progress(context.input.length, context.input.length, `${kept.length} of ${context.input.length} items kept`);
  return kept;
});
