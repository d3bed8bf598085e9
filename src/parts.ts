/** What runs in a process: one line per feature that does more than answer. The API is in router.ts. */
import { seedAccounts } from "#features/account/index.ts";
import { counterTopic } from "#features/counter/events.ts";
import { accessTopic } from "#server/access.ts";
import { workEdges } from "#server/online.ts";
import type { Part } from "#server/part.ts";
import { demoParts } from "./demo.ts"; // demo

export const parts: readonly Part[] = [
  { topics: [accessTopic], seed: seedAccounts },
  { topics: [counterTopic] },
  { start: workEdges },
  ...demoParts, // demo
];
