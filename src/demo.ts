/**
 * What the workflow demo runs in a process. `pnpm demo:remove` deletes this file with the features it names, and every line that
 * ends with the word demo in a comment.
 */
import { executionControlTopic, executionListTopic, executionTopic } from "#features/execution/events.ts";
import { connectExecutions, createExecutionWorker } from "#features/execution/index.ts";
import { connectPresence } from "#features/presence/index.ts";
import { workflowListTopic, workflowTopic } from "#features/workflow/events.ts";
import { connectWorkflows, createWorkflowKeeper, seedWorkflows } from "#features/workflow/index.ts";
import type { Part } from "#server/part.ts";

const workflows: Part = {
  topics: [workflowTopic, workflowListTopic],
  connect: connectWorkflows,
  seed: seedWorkflows,
  async start(runtime) {
    const keeper = createWorkflowKeeper(runtime);
    keeper.start();
    return keeper;
  },
};

const executions: Part = {
  topics: [executionTopic, executionListTopic, executionControlTopic],
  connect: connectExecutions,
  async start(runtime, origin) {
    if (runtime.env.role === "web") return null;
    const worker = createExecutionWorker(runtime, origin === null ? {} : { origin });
    await worker.start();
    return { stop: () => worker.stop(), metrics: () => ({ runs: worker.running }) };
  },
};

export const demoParts: readonly Part[] = [workflows, executions, { connect: connectPresence }];
