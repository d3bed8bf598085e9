/**
 * What makes a process run workflows: it takes runs from the queue and from the sweep, holds their leases, hears their
 * cancellations, and gives them back when it stops.
 */
import type { NodeCapabilities } from "#nodes/context.ts";
import { createEvaluator } from "#nodes/evaluator.ts";
import { createGuardedFetch, type GuardedFetchOptions } from "#nodes/guarded-fetch.ts";
import type { Runtime } from "#server/runtime.ts";
import {
  type Claim,
  claimExecution,
  EXECUTION_QUEUE,
  type ExecutionJob,
  enqueueExecution,
  executionJob,
  postponeLease,
  releaseLease,
} from "./claim.ts";
import { executionControlTopic } from "./events.ts";
import { holdLease } from "./lease.ts";
import { endStalledTransactions, findUnclaimed } from "./recovery.ts";
import { deleteOldRuns, MAX_DELETED } from "./retention.ts";
import { runExecution } from "./runner.ts";
import { Shares } from "./shares.ts";
import { Stop } from "./stop.ts";

const DEFAULT_CONCURRENCY = 16;
const SWEEP_MS = 2_000;
const RETENTION_MS = 3_600_000;
const STOP_TIMEOUT_MS = 8_000;
/** How long a run rests after a write failed: about as long as a database takes to come back. */
const TROUBLE_PAUSE_MS = 2_000;

export interface ExecutionWorkerOptions {
  /**
   * Runs at once in this process; one that only waits for a delay or a retry counts as well. One person alone gets half of them
   * (shares.ts). Raise it where many such runs keep others waiting: each may hold some tens of megabytes while its nodes work.
   * @default 16
   */
  readonly concurrency?: number;
  /** What a node's URL that starts with "/" is relative to. @default this process's own port, or NEXTAUTH_URL for a process that only works */
  readonly origin?: string;
  /** How the http.request node looks up names. @default the system's resolver */
  readonly resolve?: GuardedFetchOptions["resolve"];
}

export interface ExecutionWorker {
  /** Begins to take runs. */
  start(): Promise<void>;
  /** Takes no more, gives those under way back so that other workers go on with them at once, and ends its processes. */
  stop(): Promise<void>;
  /** How many runs are under way here. */
  readonly running: number;
}

/**
 * The part of a process that runs workflows. Needs started `realtime` and `jobs`; stop it before them.
 *
 *     const worker = createExecutionWorker(runtime);
 *     await worker.start();
 */
export function createExecutionWorker(runtime: Runtime, options: ExecutionWorkerOptions = {}): ExecutionWorker {
  return new Worker(runtime, options);
}

class Worker implements ExecutionWorker {
  readonly #runtime: Runtime;
  readonly #shares: Shares;
  readonly #options: ExecutionWorkerOptions;
  readonly #runs = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #tools: { readonly capabilities: NodeCapabilities; close(): Promise<void> } | null = null;
  #leaveQueue: (() => Promise<void>) | null = null;
  #sweepTimer: NodeJS.Timeout | null = null;
  #sweeping: Promise<void> | null = null;
  #deleteAt = 0;

  constructor(runtime: Runtime, options: ExecutionWorkerOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#shares = new Shares(options.concurrency ?? DEFAULT_CONCURRENCY);
  }

  get running(): number {
    return this.#runs.size;
  }

  async start(): Promise<void> {
    this.#tools = createTools(this.#runtime, this.#options);
    const take = async (data: unknown) => {
      const job = executionJob.parse(data);
      if (this.#stopping.signal.aborted) await this.#passOn(job);
      else this.#take(job);
    };
    this.#leaveQueue = await this.#runtime.jobs.work(EXECUTION_QUEUE, take, {
      // One after the other: whose run may come next depends on whose has come.
      concurrency: 1,
      room: () => this.#shares.free,
      fullGroups: () => this.#shares.full,
    });
    const sweep = () => {
      this.#sweeping ??= this.#sweep()
        .then(() => this.#deleteOld())
        .finally(() => {
          this.#sweeping = null;
        });
    };
    this.#sweepTimer = setInterval(sweep, SWEEP_MS);
    // Whoever starts after a crash of all workers need not be waited for any longer.
    sweep();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Stop("released"));
    if (this.#sweepTimer) clearInterval(this.#sweepTimer);
    const idle = async () => {
      await this.#leaveQueue?.();
      await this.#sweeping;
      await Promise.all(this.#runs.values());
    };
    // A database that does not answer holds nobody up: what could not be given back is taken when its lease has run out.
    await Promise.race([idle(), new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref())]);
    await this.#tools?.close();
  }

  /** Once an hour, and again with the next sweep while there is more: a long list must not keep runs waiting. */
  async #deleteOld(): Promise<void> {
    if (performance.now() < this.#deleteAt) return;
    this.#deleteAt = performance.now() + RETENTION_MS;
    try {
      if ((await deleteOldRuns(this.#runtime)) === MAX_DELETED) this.#deleteAt = 0;
    } catch (error) {
      this.#runtime.log.warn("Old runs could not be deleted; trying again in an hour", { error });
    }
  }

  async #sweep(): Promise<void> {
    const { free, full } = this.#shares;
    if (free < 1) return;
    try {
      const jobs = await findUnclaimed(this.#runtime, { limit: free, without: full });
      for (const job of jobs) this.#take(job);
      if (jobs.length > 0) await endStalledTransactions(this.#runtime);
    } catch (error) {
      this.#runtime.log.warn(`Runs that lost their worker could not be looked for; trying again in ${SWEEP_MS / 1_000} s`, { error });
    }
  }

  /** It came while this process stops. The run is as old as the job, so the sweeps of the others would leave it alone for a while. */
  async #passOn(job: ExecutionJob): Promise<void> {
    await this.#runtime.realtime.transaction(this.#runtime.db, (tx) => enqueueExecution(this.#runtime, tx, job));
  }

  /**
   * Claims and runs it, unless somebody has it or there is no place. The place is taken before the claim is asked for, so that
   * what comes meanwhile cannot overfill this process. A claim that fails is left to the sweep.
   */
  #take({ executionId, startedBy }: ExecutionJob): void {
    if (this.#stopping.signal.aborted || this.#runs.has(executionId)) return;
    const leave = this.#shares.take(startedBy);
    if (!leave) return;
    const run = this.#claimAndRun(executionId)
      .catch((error: unknown) =>
        this.#runtime.log.error("A run was left to the next worker after trouble", { execution: executionId, error }),
      )
      .finally(() => {
        this.#runs.delete(executionId);
        leave();
        this.#runtime.jobs.wake(EXECUTION_QUEUE);
      });
    this.#runs.set(executionId, run);
  }

  async #claimAndRun(executionId: string): Promise<void> {
    const claim = await claimExecution(this.#runtime, executionId, this.#runtime.instanceId);
    if (!claim || !this.#tools) return;
    const { capabilities } = this.#tools;
    const own = new AbortController();
    const stop = (reason: Stop) => own.abort(reason);
    // Asked for while nobody had the run: nothing of it shall begin until the event is heard.
    if (claim.execution.cancelRequestedAt !== null) stop(new Stop("cancelled"));
    const letGo = holdLease(this.#runtime, claim, stop);
    const ended = new AbortController();
    const listening = this.#hearCancel(claim, stop, ended.signal);
    try {
      await runExecution(this.#runtime, claim, capabilities, AbortSignal.any([own.signal, this.#stopping.signal]));
    } catch (error) {
      // Not before the lease is let go: a renewal under way would take back what is given away here.
      await letGo();
      await this.#leave(claim, error);
    } finally {
      await letGo();
      ended.abort();
      await listening;
    }
  }

  /** The run has not ended, and is somebody else's from here on. */
  async #leave({ execution: { id }, fence }: Claim, error: unknown): Promise<void> {
    const cause = error instanceof Stop ? error.stop : "broken";
    const { log } = this.#runtime;
    switch (cause) {
      case "released":
        return releaseLease(this.#runtime, id, fence);
      case "fenced":
        log.warn("Another worker has this run now; this one stopped", { execution: id, fence });
        return;
      case "broken":
      case "cancelled":
        log.error(`A run could not be written on; a worker tries again in ${TROUBLE_PAUSE_MS / 1_000} s`, { execution: id, error });
        return postponeLease(this.#runtime, id, fence, TROUBLE_PAUSE_MS);
    }
  }

  async #hearCancel(claim: Claim, stop: (reason: Stop) => void, signal: AbortSignal): Promise<void> {
    try {
      for await (const { event } of this.#runtime.realtime.subscribe(executionControlTopic, claim.execution.id, { signal })) {
        if (event.type === "cancelRequested") stop(new Stop("cancelled"));
      }
    } catch (error) {
      // The lease's renewal reads the same flag, every few seconds.
      if (!signal.aborted) this.#runtime.log.warn("A run hears its cancellation late", { execution: claim.execution.id, error });
    }
  }
}

function createTools({ env }: Runtime, { origin, resolve }: ExecutionWorkerOptions) {
  const evaluator = createEvaluator();
  const http = createGuardedFetch({ allowHosts: env.httpAllowHosts, ...(resolve && { resolve }) });
  const ownOrigin = env.role === "worker" && env.publicUrl !== null ? new URL(env.publicUrl).origin : `http://127.0.0.1:${env.port}`;
  return {
    capabilities: { fetch: http.fetch, evaluate: evaluator.evaluate, origin: origin ?? ownOrigin },
    close: async () => void (await Promise.all([evaluator.close(), http.close()])),
  };
}
