/** What can happen to a workflow. One stream per workflow. */
import { z } from "zod";
import { defineTopic } from "#realtime/topic.ts";

const DAY_MS = 86_400_000;

export const workflowTopic = defineTopic("workflow", {
  id: z.uuid(),
  start: "now",
  retention: { maxAgeMs: 30 * DAY_MS, maxEvents: 10_000 },
  events: {
    workflowCreated: z.object({ name: z.string(), byUserId: z.uuid().nullable() }),
    workflowRenamed: z.object({ name: z.string(), byUserId: z.uuid() }),
  },
});
