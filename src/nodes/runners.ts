/** Every node type's code, by type. Server only; `definitions.ts` lists the halves that a browser may see. */
import type { RunNode } from "./context.ts";
import { runDelay } from "./delay/run.ts";
import { runFail } from "./fail/run.ts";
import { runFilter } from "./filter/run.ts";
import type { NodeType } from "./graph.ts";
import { runHttpRequest } from "./http-request/run.ts";
import { runManual } from "./manual/run.ts";
import { runTransform } from "./transform/run.ts";

export const runners: { readonly [Type in NodeType]: RunNode } = {
  manual: runManual,
  "http.request": runHttpRequest,
  transform: runTransform,
  filter: runFilter,
  delay: runDelay,
  fail: runFail,
};

export const runNode: RunNode = (node, capabilities, call) => runners[node.type](node, capabilities, call);
