/** What later features and `main.ts` may use of workflows. */
export { checkGraph, type GraphProblem } from "./graph-rules.ts";
export { seedWorkflows } from "./seed.ts";
export {
  assertCanEditWorkflow,
  assertCanRunWorkflow,
  assertCanViewWorkflow,
  createWorkflow,
  removeMember,
  setMember,
  type WorkflowCaller,
} from "./service.ts";
