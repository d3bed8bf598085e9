/** What later features and `demo.ts` may use of runs. */
export { connectExecutions } from "./removal.ts";
export { cancelExecution, startExecution } from "./service.ts";
export { createExecutionWorker, type ExecutionWorkerOptions } from "./worker.ts";
