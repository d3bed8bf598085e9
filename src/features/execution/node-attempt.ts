/** One try of one node: reads what flows in, runs it, records what came of it. */
import { type NodeCapabilities, NodeFailure } from "#nodes/context.ts";
import type { GraphNode, Item, Json } from "#nodes/graph.ts";
import { runNode } from "#nodes/runners.ts";
import type { Logger } from "#server/logger.ts";
import type { Failure } from "./events.ts";
import { assertItemsFit, type StoredItems, storableLine, storeItems } from "./items.ts";
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
  const input = await readInput(ledger, node, sources);
  const attempt = state.attempts + 1;
  await ledger.nodeStarted(node, attempt, input.count, input.stored);
  state.attempts = attempt;
  const progress = createProgressWriter((report) => ledger.nodeProgress(node, attempt, report), context.onTrouble);
  let output: StoredItems;
  try {
    if (input.failure) throw input.failure;
    const call = { input: input.items, executionInput: context.executionInput, attempt, signal, progress: progress.report };
    const items = await untilStopped(runNode(node, context.capabilities, call), signal);
    output = storeItems(items, `what "${node.name}" puts out`);
  } catch (error) {
    return recordFailure(context, node, attempt, state, progress, error);
  }
  await progress.finish();
  try {
    await ledger.nodeSucceeded(node, attempt, output);
  } catch (error) {
    if (!isDataError(error)) throw error;
    const message = `The database cannot hold what "${node.name}" puts out. Send other data, or change it before this node.`;
    const failure = new NodeFailure("ITEMS_NOT_STORABLE", message, { cause: error, retryable: false });
    return recordFailure(context, node, attempt, state, progress, failure);
  }
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

type Input =
  | { readonly failure: null; readonly count: number; readonly items: readonly Item[]; readonly stored: StoredItems }
  | { readonly failure: NodeFailure; readonly count: number; readonly stored: null };

/** Measured by the database first, so that too much is never loaded. */
async function readInput(ledger: Ledger, node: GraphNode, sources: readonly string[]): Promise<Input> {
  const { count, bytes } = await ledger.sizeOf(sources);
  const what = `what goes into "${node.name}"`;
  try {
    assertItemsFit(count, bytes, what);
    const items = await ledger.outputsOf(sources);
    return { failure: null, count, items, stored: storeItems(items, what) };
  } catch (error) {
    if (error instanceof NodeFailure) return { failure: error, count, stored: null };
    throw error;
  }
}

/** Postgres refused the values themselves (class 22) or their depth (54): the next worker's write would be refused as well. */
function isDataError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string" && /^(22|54)...$/.test(error.code)) return true;
  return isDataError(error.cause);
}
