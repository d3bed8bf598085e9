/**
 * Runs for tests: a runtime as a process has it, workers in this process or in one of their own, and workflows made of a few
 * nodes.
 *
 *     await using database = await createTestDatabase();
 *     await using app = await startApp(database.url);
 *     await using worker = await startTestWorker(app.runtime);
 *     const { executionId } = await startRun(app.runtime, graphOf([["wait", "delay", { durationMs: 10_000 }]]));
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { executionTopic } from "#features/execution/events.ts";
import { createExecutionWorker, type ExecutionWorkerOptions, startExecution } from "#features/execution/index.ts";
import { type ExecutionEvent, type ExecutionView, initialExecutionView, reduceExecution } from "#features/execution/reduce.ts";
import { getExecution } from "#features/execution/view.ts";
import { createWorkflow } from "#features/workflow/index.ts";
import { type Graph, type GraphNode, graph, type Json, type NodeType } from "#nodes/graph.ts";
import type { Runtime } from "#server/runtime.ts";
import { type App, startApp } from "./bare-app.ts";
import { eventually } from "./eventually.ts";

export { type App, startApp };

export async function startTestWorker(runtime: Runtime, options: ExecutionWorkerOptions = {}) {
  const worker = createExecutionWorker(runtime, options);
  await worker.start();
  return { worker, [Symbol.asyncDispose]: () => worker.stop() };
}

export interface WorkerProcess extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The `workerId` of the runs it takes. */
  readonly instanceId: string;
}

/** A worker in a process of its own, which can be killed and paused. */
export async function startWorkerProcess(url: string, variables: Record<string, string> = {}): Promise<WorkerProcess> {
  const script = new URL("./worker-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, NODE_ENV: "test", DATABASE_URL: url, ...variables },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { pid } = child;
  if (pid === undefined || !child.stdout) throw new Error("The worker process did not start.");
  const [line] = await once(createInterface(child.stdout), "line");
  const instanceId = String(line).replace("ready ", "");
  return {
    process: child,
    pid,
    instanceId,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      // A paused process hears nothing else.
      child.kill("SIGKILL");
      await exited;
    },
  };
}

type NodeSpec = readonly [id: string, type: NodeType, parameters?: { [name: string]: Json }, retry?: GraphNode["retry"]];

/** Nodes named by their ids. Without `edges` ("a>b") they form a chain, each feeding the next. */
export function graphOf(nodes: readonly NodeSpec[], edges?: readonly string[]): Graph {
  const chain = nodes.slice(1).map(([id], index) => `${nodes[index]?.[0]}>${id}`);
  return graph.parse({
    nodes: nodes.map(([id, type, parameters = {}, retry]) => ({
      id,
      type,
      name: id,
      position: { x: 0, y: 0 },
      parameters,
      ...(retry && { retry }),
    })),
    edges: (edges ?? chain).map((edge) => {
      const [source, target] = edge.split(">");
      return { id: edge, source, target };
    }),
  });
}

/** Stores the graph as a workflow and starts it. */
export async function startRun(runtime: Runtime, workflowGraph: Graph, input?: Json): Promise<{ executionId: string; workflowId: string }> {
  const workflowId = randomUUID();
  await createWorkflow(runtime, { id: workflowId, name: "Test", description: "", graph: workflowGraph, members: [] });
  const { executionId } = await startExecution(runtime, { workflowId, startedBy: null, ...(input !== undefined && { input }) });
  return { executionId, workflowId };
}

export const ended = ({ status }: ExecutionView) => status !== "queued" && status !== "running";

/** The run's view once `condition` holds for it. How long that takes is promised where a test measures it, and not here. */
export async function viewWhen(
  runtime: Runtime,
  executionId: string,
  condition: (view: ExecutionView) => boolean = ended,
  timeoutMs = 30_000,
): Promise<ExecutionView> {
  return eventually(
    async () => {
      const { view } = await getExecution(runtime, executionId);
      return condition(view) ? view : null;
    },
    { what: `run ${executionId} to be as expected`, timeoutMs, intervalMs: 20 },
  );
}

/** Every event of the run so far, as a reader gets them. */
export async function eventsOf(runtime: Runtime, executionId: string): Promise<ExecutionEvent[]> {
  const { position } = await getExecution(runtime, executionId);
  const events: ExecutionEvent[] = [];
  for await (const delivery of runtime.realtime.subscribe(executionTopic, executionId)) {
    if (delivery.event.type === "resync") throw new Error(`The log of run ${executionId} is not whole.`);
    events.push(delivery.event);
    if (delivery.position === position) break;
  }
  return events;
}

export function fold(executionId: string, events: readonly ExecutionEvent[]): ExecutionView {
  return events.reduce(reduceExecution, initialExecutionView(executionId));
}
