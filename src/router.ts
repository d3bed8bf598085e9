/** The whole API: one line per feature. Browsers import its type only. */
import { accountRouter } from "#features/account/router.ts";
import { executionRouter } from "#features/execution/router.ts";
import { systemRouter } from "#features/system/router.ts";
import { workflowRouter } from "#features/workflow/router.ts";
import { router } from "#server/trpc.ts";

export const appRouter = router({
  account: accountRouter,
  workflow: workflowRouter,
  execution: executionRouter,
  system: systemRouter,
});

export type AppRouter = typeof appRouter;
