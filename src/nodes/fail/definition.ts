import { z } from "zod";
import { defineNode } from "../definition.ts";

export const fail = defineNode({
  type: "fail",
  title: "Fail",
  description: "Fails on purpose, always or for the first attempts, to show what happens then.",
  icon: "octagon-alert",
  parameters: z.object({
    message: z.string().min(1).max(500).default("This node fails on purpose."),
    untilAttempt: z.int().min(1).max(10).optional(),
  }),
  fields: {
    message: { label: "Message", help: "What the run shows as the reason.", input: "text" },
    untilAttempt: {
      label: "Succeeds at attempt",
      help: "The node fails before this attempt and passes its items on from it; empty: it always fails.",
      input: "number",
    },
  },
  items: "Passes every item on unchanged, if it does not fail.",
  hasInput: true,
});
