import { z } from "zod";
import { defineNode } from "../definition.ts";
import { expression, expressionTimeoutMs } from "../expression.ts";

export const filter = defineNode({
  type: "filter",
  title: "Filter",
  description: "Lets only those items through for which a JSONata expression is true.",
  icon: "funnel",
  parameters: z.object({
    expression: expression.default("true"),
    timeoutMs: expressionTimeoutMs,
  }),
  fields: {
    expression: { label: "Keep when", help: "JSONata; $ is the item.", input: "code", placeholder: "amount > 100 and status = 'paid'" },
    timeoutMs: {
      label: "Time limit",
      help: "For each bundle of items; then the expression is ended by force.",
      input: "number",
      unit: "ms",
    },
  },
  items: "Passes an item on unchanged when the expression's result counts as true in JSONata: not empty, not zero, not false.",
  hasInput: true,
});
