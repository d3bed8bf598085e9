/**
 * Runs one execution to its end, from wherever it stands: a fresh claim and a takeover are the same thing, because what is done
 * is read from the tables.
 *
 * Each node is a promise that waits for those it gets items from, so branches run side by side as the graph allows, a few at a
 * time. The run ends in one of three ways that are written down (success, error, cancelled), or rejects with the Stop that says
 * why this worker left it as it is.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { NodeCapabilities } from "#nodes/context.ts";
import { createGate, type Gate } from "#nodes/gate.ts";
import { type GraphNode, sourcesOf, topologicalOrder } from "#nodes/graph.ts";
import { RealtimeError } from "#realtime/index.ts";
import type { Runtime } from "#server/runtime.ts";
import type { Claim } from "./claim.ts";
import type { Failure } from "./events.ts";
import { Ledger } from "./ledger.ts";
import { type AttemptContext, runAttempt } from "./node-attempt.ts";
import { type NodeState, readNodeStates, skipReason } from "./node-state.ts";
import { failureCodes } from "./reduce.ts";
import { Stop, stopCause } from "./stop.ts";

const MAX_NODES_AT_ONCE = 4;
/** A run that so many workers have had will not end with the next one either. */
const MAX_CLAIMS = 50;

/**
 * @param signal aborted with a Stop as its reason to end the run from outside
 * @throws Stop with the cause "released", "fenced" or "broken": the run has not ended, and nothing more was written
 */
export async function runExecution(runtime: Runtime, claim: Claim, capabilities: NodeCapabilities, signal: AbortSignal): Promise<void> {
  const run = new Run(runtime, claim, capabilities, signal);
  try {
    await run.toEnd();
  } catch (error) {
    throw asStop(error);
  }
}

class Run {
  readonly #claim: Claim;
  readonly #ledger: Ledger;
  readonly #gate: Gate = createGate(MAX_NODES_AT_ONCE);
  /** Aborts when a write fails: what still runs could not be recorded. */
  readonly #trouble = new AbortController();
  readonly #signal: AbortSignal;
  readonly #context: AttemptContext;
  readonly #nodes: readonly GraphNode[];
  #states: ReadonlyMap<string, NodeState> = new Map();

  constructor(runtime: Runtime, claim: Claim, capabilities: NodeCapabilities, signal: AbortSignal) {
    this.#claim = claim;
    this.#ledger = new Ledger(runtime, claim);
    this.#signal = AbortSignal.any([signal, this.#trouble.signal]);
    this.#nodes = topologicalOrder(claim.execution.graph);
    this.#context = {
      ledger: this.#ledger,
      capabilities,
      executionInput: claim.execution.input ?? null,
      log: runtime.log.child({ execution: claim.execution.id }),
      signal: this.#signal,
      onTrouble: (error) => this.#trouble.abort(asStop(error)),
    };
  }

  async toEnd(): Promise<void> {
    this.#states = readNodeStates(this.#nodes, await this.#ledger.attempts());
    if (this.#claim.fence > MAX_CLAIMS) return this.#giveUp();
    const ends = new Map<string, Promise<void>>();
    for (const node of this.#nodes) {
      const sources = sourcesOf(this.#claim.execution.graph, node.id);
      const ready = Promise.all(sources.map((id) => ends.get(id)));
      ends.set(
        node.id,
        ready.then(() => this.#node(node, sources)).catch((error: unknown) => this.#trouble.abort(asStop(error))),
      );
    }
    await Promise.all(ends.values());
    const cause = stopCause(this.#signal);
    if (cause !== null && cause !== "cancelled") throw this.#signal.reason;
    // A write that failed after the cancellation: an attempt may still stand there as running.
    this.#trouble.signal.throwIfAborted();
    await this.#finish(cause === "cancelled");
  }

  async #node(node: GraphNode, sources: readonly string[]): Promise<void> {
    const state = this.#state(node.id);
    while (state.outcome === "pending" && !this.#signal.aborted) {
      const reason = skipReason(sources.map((id) => this.#state(id)));
      if (reason) {
        await this.#ledger.nodesSkipped([{ nodeId: node.id, attempt: state.attempts + 1, reason }]);
        state.outcome = "skipped";
        state.skipReason = reason;
        return;
      }
      try {
        await this.#untilDue(state);
        // What it throws is trouble also when the run was cancelled before; all else that throws here is waiting, which ends with the run.
        await this.#gate(() => runAttempt(this.#context, node, sources, state).catch(this.#context.onTrouble), this.#signal);
      } catch (error) {
        if (!this.#signal.aborted) throw error;
      }
    }
  }

  async #untilDue({ nextRetryAt }: NodeState): Promise<void> {
    const waitMs = (nextRetryAt?.getTime() ?? 0) - Date.now();
    if (waitMs > 0) await wait(waitMs, undefined, { signal: this.#signal });
  }

  async #finish(cancelled: boolean): Promise<void> {
    const failed = this.#nodes.find(({ id }) => this.#state(id).outcome === "error");
    const failure = failed && this.#state(failed.id).failure;
    if (cancelled) return this.#ledger.finished({ status: "cancelled", error: null }, this.#pending());
    if (!failed || !failure) return this.#ledger.finished({ status: "success", error: null }, []);
    const error: Failure = { code: failure.code, message: `"${failed.name}" failed: ${failure.message}` };
    return this.#ledger.finished({ status: "error", error }, []);
  }

  #giveUp(): Promise<void> {
    const message = `${this.#claim.fence - 1} workers began this run and none could end it.`;
    return this.#ledger.finished({ status: "error", error: { code: failureCodes.workerLost, message } }, this.#pending());
  }

  #pending() {
    return this.#nodes
      .filter(({ id }) => this.#state(id).outcome === "pending")
      .map(({ id }) => ({ nodeId: id, attempt: this.#state(id).attempts + 1, reason: "cancelled" as const }));
  }

  #state(nodeId: string): NodeState {
    const state = this.#states.get(nodeId);
    if (!state) throw new Error(`Run ${this.#claim.execution.id} has no node "${nodeId}".`);
    return state;
  }
}

function asStop(error: unknown): Stop {
  if (error instanceof Stop) return error;
  const fenced = error instanceof RealtimeError && error.code === "FENCED";
  return new Stop(fenced ? "fenced" : "broken", { cause: error });
}
