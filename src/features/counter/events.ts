/** What can happen to the counter. The smallest feature there is: copy this folder to begin one of your own. */
import { z } from "zod";
import { defineTopic } from "#realtime/topic.ts";

const DAY_MS = 86_400_000;

/** How far one press may move it. */
export const MAX_STEP = 100;

/**
 * There is one counter. A thing that exists many times has `z.uuid().lowercase()` here, and nothing else changes: Postgres takes the
 * same id in capitals, and to everybody else that would be another stream.
 */
export const counterId = z.literal("shared");
export type CounterId = z.infer<typeof counterId>;

/** One stream per counter. */
export const counterTopic = defineTopic("counter", {
  id: counterId,
  start: "now",
  retention: { maxAgeMs: DAY_MS, maxEvents: 1_000 },
  events: {
    /** The difference and not the sum, so that it is true whatever else was added at the same moment. */
    counterAdded: z.object({ by: z.int(), userName: z.string() }),
  },
});
