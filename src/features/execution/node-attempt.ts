/** One try of one node: reads what flows in, runs it, records what came of it. */
import { type NodeCapabilities, NodeFailure } from "#nodes/context.ts";
import type { GraphNode, Json } from "#nodes/graph.ts";
import { runNode } from "#nodes/runners.ts";
import type { Logger } from "#server/logger.ts";
import type { Failure } from "./events.ts";
import { type StoredItems, storableLine, storeItems } from "./items.ts";
import type { Ledger } from "./ledger.ts";
import type { NodeState } from "./node-state.ts";
import { createProgressWriter, type ProgressWriter } from "./progress-writer.ts";
import { failureCodes } from "./reduce.ts";
import { stopCause, untilStopped } from "./stop.ts";

/** However often the wait has doubled. */
const MAX_RETRY_MS = 3_600_000;

export interface AttemptContext {
  readonly ledger: Ledger;
  readonly capabilities: NodeCapabilities;
  readonly executionInput: Json;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** A write failed while the node runs. */
  onTrouble(error: unknown): void;
}

/** Changes `state` to what came of it. Leaves it pending when the run was stopped meanwhile. @throws what a write throws */
export async function runAttempt(context: AttemptContext, node: GraphNode, sources: readonly string[], state: NodeState): Promise<void> {
  const { ledger, signal } = context;
  const input = await ledger.outputsOf(sources);
  const attempt = state.attempts + 1;
  const stored = attemptTo(() => storeItems(input, `what goes into "${node.name}"`));
  await ledger.nodeStarted(node, attempt, input.length, stored.failure ? null : stored.value);
  state.attempts = attempt;
  const progress = createProgressWriter((report) => ledger.nodeProgress(node, attempt, report), context.onTrouble);
  let output: StoredItems;
  try {
    if (stored.failure) throw stored.failure;
    const call = { input, executionInput: context.executionInput, attempt, signal, progress: progress.report };
    const items = await untilStopped(runNode(node, context.capabilities, call), signal);
    output = storeItems(items, `what "${node.name}" puts out`);
  } catch (error) {
    return recordFailure(context, node, attempt, state, progress, error);
  }
  await progress.finish();
  await ledger.nodeSucceeded(node, attempt, output);
  Object.assign(state, { outcome: "success", itemCount: output.count, nextRetryAt: null });
}

async function recordFailure(
  { ledger, signal, log }: AttemptContext,
  node: GraphNode,
  attempt: number,
  state: NodeState,
  progress: ProgressWriter,
  error: unknown,
): Promise<void> {
  const cause = stopCause(signal);
  // Somebody else's run now, or nobody's: the next claim says what became of this attempt.
  if (cause !== null && cause !== "cancelled") return progress.drop();
  await progress.finish();
  if (cause === "cancelled") {
    const failure: Failure = { code: failureCodes.cancelled, message: "Cancelled while it was running." };
    await ledger.nodeFailed(node, attempt, failure, null);
    Object.assign(state, { outcome: "error", failure, nextRetryAt: null });
    return;
  }
  if (!(error instanceof NodeFailure)) log.error(`Node "${node.name}" failed in a way it should not`, { error });
  const failure = describeFailure(node, error);
  const failures = state.failures + 1;
  const nextRetryMs = retryDelay(node, failures, error);
  const nextRetryAt = await ledger.nodeFailed(node, attempt, failure, nextRetryMs);
  Object.assign(state, { outcome: nextRetryAt === null ? "error" : "pending", failure, failures, nextRetryAt });
}

/** How long until the next attempt, in milliseconds; null when there is none. */
function retryDelay({ retry }: GraphNode, failures: number, error: unknown): number | null {
  if (!retry || failures >= retry.maxAttempts || (error instanceof NodeFailure && !error.retryable)) return null;
  return Math.min(retry.delayMs * 2 ** (failures - 1), MAX_RETRY_MS);
}

function describeFailure(node: GraphNode, error: unknown): Failure {
  if (error instanceof NodeFailure) return { code: error.code, message: storableLine(error.message) };
  return {
    code: "INTERNAL",
    message: `A fault of the server's, not of the workflow's: "${node.name}" stopped unexpectedly. The server's log has more.`,
  };
}

function attemptTo<T>(work: () => T): { readonly failure: null; readonly value: T } | { readonly failure: NodeFailure } {
  try {
    return { failure: null, value: work() };
  } catch (error) {
    if (error instanceof NodeFailure) return { failure: error };
    throw error;
  }
}
