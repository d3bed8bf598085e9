import { defineRunner } from "../context.ts";
import { manual } from "./definition.ts";

export const runManual = defineRunner(manual, ({ executionInput, parameters }) => {
  if (executionInput === null) return parameters.items;
  return Array.isArray(executionInput) ? executionInput : [executionInput];
});
