/** The whole API: one line per feature. Browsers import its type only. */
import { accountRouter } from "#features/account/router.ts";
import { counterRouter } from "#features/counter/router.ts";
import { executionRouter } from "#features/execution/router.ts"; // demo
import { presenceRouter } from "#features/presence/router.ts"; // demo
import { systemRouter } from "#features/system/router.ts";
import { workflowRouter } from "#features/workflow/router.ts"; // demo
import { router } from "#server/trpc.ts";

export const appRouter = router({
  account: accountRouter,
  counter: counterRouter,
  workflow: workflowRouter, // demo
  execution: executionRouter, // demo
  presence: presenceRouter, // demo
  system: systemRouter,
});

export type AppRouter = typeof appRouter;
