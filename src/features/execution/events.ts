/** What can happen to a run, and to the list of a workflow's runs. */
import { z } from "zod";
import { nodeTypes } from "#nodes/graph.ts";
import { defineTopic } from "#realtime/topic.ts";

const DAY_MS = 86_400_000;

export const executionStatuses = ["queued", "running", "success", "error", "cancelled"] as const;
export const executionStatus = z.enum(executionStatuses);
export type ExecutionStatus = z.infer<typeof executionStatus>;

/** How one try of a node stands. A skipped node has one that never began. */
export const attemptStatuses = ["running", "success", "error", "skipped", "cancelled"] as const;
export type AttemptStatus = (typeof attemptStatuses)[number];

export const endStatus = z.enum(["success", "error", "cancelled"]);

/** Why something failed, in words for a person; `code` is for programs. Never a stack. */
export const failure = z.object({ code: z.string(), message: z.string() });
export type Failure = z.infer<typeof failure>;

const nodeId = z.string();
/** Which try of a node this is about, from 1; a run taken over by another worker tries its unfinished nodes again. */
const attempt = z.int().min(1);

/** One run: a reader without a position gets all of it from the beginning, or a resync where that is too long ago or too much. */
export const executionTopic = defineTopic("execution", {
  id: z.uuid().lowercase(),
  start: "beginning",
  retention: { maxAgeMs: 30 * DAY_MS, maxEvents: 50_000 },
  events: {
    executionQueued: z.object({
      workflowId: z.uuid(),
      workflowName: z.string(),
      startedBy: z.object({ userId: z.uuid(), name: z.string() }).nullable(),
      nodes: z.array(z.object({ nodeId, name: z.string(), nodeType: z.enum(nodeTypes) })),
    }),
    /** `fence` counts the workers that have claimed this run: 1, and more after a takeover. */
    executionStarted: z.object({ fence: z.int().min(1), workerId: z.string() }),
    nodeStarted: z.object({ nodeId, attempt, inputCount: z.int() }),
    nodeProgress: z.object({ nodeId, attempt, done: z.number(), total: z.number().nullable(), message: z.string() }),
    /** `preview` is at most 2 kB of JSON text, cut; the whole is `execution.output`, page by page. */
    nodeOutput: z.object({ nodeId, attempt, itemCount: z.int(), preview: z.string() }),
    nodeFinished: z.object({ nodeId, attempt, itemCount: z.int() }),
    /** `nextRetryMs` is how long until the next attempt, or null when there will be none. */
    nodeFailed: z.object({ nodeId, attempt, error: failure, nextRetryMs: z.number().nullable() }),
    nodeSkipped: z.object({ nodeId, reason: z.enum(["noInput", "upstreamFailed", "cancelled"]) }),
    executionFinished: z.object({ status: endStatus, error: failure.nullable() }),
  },
});

/** What a list shows of a run. */
export const executionSummary = z.object({
  executionId: z.uuid(),
  workflowId: z.uuid(),
  status: executionStatus,
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});
export type ExecutionSummary = z.infer<typeof executionSummary>;

/** The runs of one workflow; the id is the workflow's. */
export const executionListTopic = defineTopic("executionList", {
  id: z.uuid().lowercase(),
  start: "now",
  retention: { maxAgeMs: DAY_MS, maxEvents: 1_000 },
  events: {
    /** The whole summary as it stands after the change: queued, started, or finished. */
    executionChanged: executionSummary,
  },
});

/** Orders to whoever runs an execution; looked at every 500 ms even when a NOTIFY is lost. Server only. */
export const executionControlTopic = defineTopic("executionControl", {
  id: z.uuid().lowercase(),
  start: "beginning",
  sweep: "urgent",
  retention: { maxAgeMs: DAY_MS },
  events: {
    cancelRequested: z.object({ byUserId: z.uuid().nullable() }),
  },
});
