/**
 * What a running node may use, and how it fails. A node imports no database, no network and no clock of its own: whoever runs
 * it hands in capabilities, already bounded, so that a new node type cannot forget a limit.
 */
import type { z } from "zod";
import type { NodeDefinition } from "./definition.ts";
import type { GraphNode, Item, Json } from "./graph.ts";

/**
 * A failure in words for a person: what happened to which thing, and what to do. Anything else that a node throws is a bug,
 * and a run shows it as one, without its text.
 */
export class NodeFailure extends Error {
  override readonly name = "NodeFailure";
  readonly code: string;
  /** `false`: trying again cannot help, so the node's retries are not used. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: ErrorOptions & { readonly retryable?: boolean } = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? true;
  }
}

export interface FetchRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** From the first look-up to the last byte, redirects included. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

export interface FetchResponse {
  readonly status: number;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly contentType: string;
  readonly text: string;
}

/** One HTTP exchange that reaches public addresses only. @throws NodeFailure, or the signal's reason. */
export type Fetch = (request: FetchRequest, signal: AbortSignal) => Promise<FetchResponse>;

export interface Evaluation {
  readonly expression: string;
  /** The expression is evaluated once for each. */
  readonly inputs: readonly Json[];
  /** `boolean`: the results as JSONata's own idea of true and false. */
  readonly as: "value" | "boolean";
  /** For all inputs together; then the expression is ended by force. */
  readonly timeoutMs: number;
  /** The most that all results together may be as JSON text: more of it never reaches this process. */
  readonly maxBytes: number;
}

export interface Evaluated {
  /** One per input; `undefined` where there is no result. */
  readonly results: readonly (Json | undefined)[];
  /** What they are as JSON text. */
  readonly bytes: number;
}

/** Evaluates JSONata away from the event loop. @throws NodeFailure, ITEMS_TOO_LARGE for one, or the signal's reason. */
export type Evaluate = (evaluation: Evaluation, signal: AbortSignal) => Promise<Evaluated>;

/** What the process lends to every node it runs. */
export interface NodeCapabilities {
  readonly fetch: Fetch;
  readonly evaluate: Evaluate;
  /** This app's own address, without a slash at the end: what a URL that starts with "/" is relative to. */
  readonly origin: string;
}

/** What one attempt of one node is about. */
export interface NodeCall {
  readonly input: readonly Item[];
  /** What the run was started with, or null. */
  readonly executionInput: Json;
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the run is cancelled or given up: return soon; nothing that is returned later counts. */
  readonly signal: AbortSignal;
  /** How far the node is; call it as often as you like, writes are spaced. `total` null: nobody knows yet. */
  progress(done: number, total: number | null, message: string): void;
}

export interface NodeContext<Parameters> extends NodeCapabilities, NodeCall {
  readonly parameters: Parameters;
}

/** Runs one attempt of a node and returns what flows out of it. */
export type RunNode = (node: GraphNode, capabilities: NodeCapabilities, call: NodeCall) => Promise<Item[]>;

/** Ties a definition to its code: `run` gets parameters that the definition's schema has checked and completed. */
export function defineRunner<Parameters extends z.ZodObject>(
  definition: NodeDefinition<GraphNode["type"], Parameters>,
  run: (context: NodeContext<z.output<Parameters>>) => Promise<Item[]> | Item[],
): RunNode {
  return async (node, capabilities, call) => {
    const parsed = definition.parameters.safeParse(node.parameters);
    if (!parsed.success) {
      const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "parameters"}: ${issue.message}`).join(" ");
      throw new NodeFailure("INVALID_PARAMETERS", `The settings of "${node.name}" cannot be used. ${problems}`, { retryable: false });
    }
    return run({ ...capabilities, ...call, parameters: parsed.data });
  };
}
