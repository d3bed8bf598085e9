import { z } from "zod";
import { defineNode } from "../definition.ts";
import { expression, expressionTimeoutMs } from "../expression.ts";

export const transform = defineNode({
  type: "transform",
  title: "Transform",
  description: "Changes items with a JSONata expression, one at a time or all together.",
  icon: "braces",
  parameters: z.object({
    expression: expression.default("$"),
    mode: z.enum(["perItem", "allItems"]).default("perItem"),
    timeoutMs: expressionTimeoutMs,
  }),
  fields: {
    expression: {
      label: "Expression",
      help: "JSONata. $ is the item, or the list of all items.",
      input: "code",
      placeholder: "{ 'total': $sum(amount) }",
    },
    mode: {
      label: "Works on",
      input: "select",
      options: [
        { value: "perItem", label: "Each item" },
        { value: "allItems", label: "All items together" },
      ],
    },
    timeoutMs: {
      label: "Time limit",
      help: "For each bundle of items; then the expression is ended by force.",
      input: "number",
      unit: "ms",
    },
  },
  items:
    "Each item: its result takes its place, no result drops it. All items: a list becomes one item per element, anything else one item.",
  hasInput: true,
});
