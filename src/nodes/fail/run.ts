import { defineRunner, NodeFailure } from "../context.ts";
import { fail } from "./definition.ts";

export const runFail = defineRunner(fail, ({ attempt, input, parameters }) => {
  if (parameters.untilAttempt !== undefined && attempt >= parameters.untilAttempt) return [...input];
  throw new NodeFailure("FAILED_ON_PURPOSE", parameters.message);
});
