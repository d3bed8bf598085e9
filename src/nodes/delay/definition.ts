import { z } from "zod";
import { defineNode } from "../definition.ts";

const HOUR_MS = 3_600_000;

export const delay = defineNode({
  type: "delay",
  title: "Delay",
  description: "Waits, then passes on what came in.",
  icon: "hourglass",
  parameters: z.object({
    durationMs: z.int().min(0).max(HOUR_MS).default(1_000),
  }),
  fields: {
    durationMs: { label: "Wait", input: "number", unit: "ms" },
  },
  items: "Passes every item on unchanged.",
  hasInput: true,
});
