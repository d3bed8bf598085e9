/** What later features and `demo.ts` may use of runs. */
export { connectExecutions } from "./removal.ts";
export { cancelExecution, type StartedBy, type StartOptions, startExecution } from "./service.ts";
export { createExecutionWorker, type ExecutionWorker, type ExecutionWorkerOptions } from "./worker.ts";
