/**
 * Background jobs: pg-boss in the same Postgres, so a job exists exactly when the transaction that wanted it committed.
 *
 * pg-boss's own NOTIFY is off: it would ring inside the data transaction, which takes a lock that all committing transactions
 * of the cluster share. The engine rings after the commit instead, and a slow poll is the safety net. Fetching is a loop of our
 * own rather than `boss.work`, which spawns one polling worker per place: here one query takes as many jobs as there is room
 * for, and none that would then wait here while another process is idle.
 *
 * A job is a wake-up that may come twice or late; what it is about is decided by rows of the feature it belongs to.
 */
import { sql } from "drizzle-orm";
import { fromDrizzle, PgBoss } from "pg-boss";
import type { Realtime, RealtimeTransaction } from "#realtime/index.ts";
import { Loop, withDeadline } from "#realtime/timing.ts";
import type { Logger } from "./logger.ts";

const POLL_MS = 2_000;
/** Web processes only send, by the caller's transaction; a worker fetches and completes one bundle at a time. */
const POOL_SIZE = { web: 1, worker: 3 };
/** Done jobs are of no use to anybody, but show for a day what happened. */
const DELETE_AFTER_SECONDS = 86_400;
const QUEUE_OPTIONS = {
  retryLimit: 3,
  retryDelay: 2,
  retryBackoff: true,
  expireInSeconds: 900,
  deleteAfterSeconds: DELETE_AFTER_SECONDS,
  notify: false,
};
/** No statement of the queue takes as long: a connection that does not answer is half-open, and thrown away. */
const ANSWER_MS = 15_000;
/** Jobs that a stopping process may still finish. */
const STOP_TIMEOUT_MS = 5_000;

export interface JobsOptions {
  /** Not a transaction-mode pooler's: pg-boss takes advisory locks when it migrates. */
  readonly connectionString: string;
  /** `web` sends only: it neither fetches nor looks after the queues. */
  readonly role: "all" | "web" | "worker";
  readonly log: Logger;
  readonly realtime: Pick<Realtime, "signal" | "onSignal">;
}

export interface WorkOptions {
  /** Most jobs of this queue at once in this process. */
  readonly concurrency: number;
  /** How many more may come now, for a handler that starts something which outlives it. @default no limit but concurrency */
  readonly room?: () => number;
  /** Groups of which none shall come now; theirs wait, and the others come first. @default none */
  readonly fullGroups?: () => readonly string[];
}

export interface EnqueueOptions {
  /** A UUID; a second job with the same one is not added. */
  readonly id?: string;
  /** Whose it is, for `fullGroups`. */
  readonly group?: string;
}

/** Does one job. It is done when this resolves; when it rejects it is tried again, three times, with growing pauses. */
export type JobHandler = (data: unknown) => Promise<void>;

export interface Jobs {
  /** Creates pg-boss's tables where they are missing; safe when several processes do it at once. */
  start(): Promise<void>;
  /** Takes no more jobs, waits up to 5 s for those under way. */
  stop(): Promise<void>;
  /** Adds a job in `tx`; workers are woken after its commit. */
  enqueue(tx: RealtimeTransaction, queue: string, data: object, options?: EnqueueOptions): Promise<void>;
  /** Takes jobs from `queue` until the returned function is called. */
  work(queue: string, handler: JobHandler, options: WorkOptions): Promise<() => Promise<void>>;
  /** Looks for jobs at once in this process, e.g. because there is room again. */
  wake(queue: string): void;
}

interface Job {
  readonly id: string;
  readonly data: unknown;
}

export function createJobs({ connectionString, role, log, realtime }: JobsOptions): Jobs {
  const works = role !== "web";
  // Handed on to `pg`, whose options pg-boss's types do not list.
  const deadlines = { query_timeout: ANSWER_MS, keepAlive: true };
  const boss = new PgBoss({
    connectionString: libpqUrl(connectionString),
    ...deadlines,
    application_name: "heliograph jobs",
    max: works ? POOL_SIZE.worker : POOL_SIZE.web,
    useListenNotify: false,
    supervise: works,
    schedule: false,
  });
  boss.on("error", (error) => log.warn("The job queue had a problem and goes on", { error }));

  const queues = new Map<string, Promise<void>>();
  const loops = new Map<string, FetchLoop>();

  function ensureQueue(queue: string): Promise<void> {
    const known = queues.get(queue);
    if (known) return known;
    const created = boss.createQueue(queue, QUEUE_OPTIONS);
    // Remembered only when it worked: the next job asks again.
    created.catch(() => queues.delete(queue));
    queues.set(queue, created);
    return created;
  }

  function wake(queue: string): void {
    loops.get(queue)?.wake();
  }

  return {
    wake,
    async start() {
      await boss.start();
    },
    async stop() {
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
      await boss.stop({ graceful: false, timeout: STOP_TIMEOUT_MS });
    },
    async enqueue(tx, queue, data, { id, group } = {}) {
      await ensureQueue(queue);
      await boss.send(queue, data, { ...(id && { id }), ...(group && { group: { id: group } }), db: fromDrizzle(tx, sql) });
      tx.afterCommit(() => {
        wake(queue);
        realtime.signal(signalOf(queue));
      });
    },
    async work(queue, handler, options) {
      if (!works) throw new Error(`A process with the role "web" takes no jobs; "${queue}" needs a worker.`);
      await ensureQueue(queue);
      const loop = new FetchLoop(boss, queue, handler, options, log);
      loops.set(queue, loop);
      const stopListening = realtime.onSignal(signalOf(queue), () => loop.wake());
      return async () => {
        stopListening();
        loops.delete(queue);
        await loop.stop();
      };
    },
  };
}

/**
 * `sslmode=require` means TLS, whoever has signed the certificate, to everybody but this driver, which verifies it all the same; unless
 * it is told.
 */
function libpqUrl(text: string): string {
  const url = new URL(text);
  if (url.searchParams.get("sslmode") === "require") url.searchParams.set("uselibpqcompat", "true");
  return url.href;
}

function signalOf(queue: string): string {
  return `jobs:${queue}`;
}

/** Fetches whenever it is woken, has room again, or has waited long enough. One fetch at a time. */
class FetchLoop {
  readonly #boss: PgBoss;
  readonly #queue: string;
  readonly #handler: JobHandler;
  readonly #options: WorkOptions;
  readonly #log: Logger;
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  /** Woken while fetching: what rang may have come too late for that fetch, so it fetches once more. */
  readonly #fetching = new Loop(() => this.#fetch());
  #stopped = false;

  constructor(boss: PgBoss, queue: string, handler: JobHandler, options: WorkOptions, log: Logger) {
    this.#boss = boss;
    this.#queue = queue;
    this.#handler = handler;
    this.#options = options;
    this.#log = log;
    this.#timer = setInterval(() => this.wake(), POLL_MS);
    this.wake();
  }

  wake(): void {
    if (!this.#stopped) this.#fetching.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    const idle = async () => {
      await this.#fetching.idle(); // what it still brings is done like all others
      await Promise.all(this.#running);
    };
    await withDeadline(idle(), STOP_TIMEOUT_MS).catch(() => {});
  }

  async #fetch(): Promise<void> {
    const { concurrency, room, fullGroups } = this.#options;
    const batchSize = Math.min(concurrency - this.#running.size, room?.() ?? Number.POSITIVE_INFINITY);
    if (this.#stopped || batchSize < 1) return;
    try {
      const jobs = await this.#boss.fetch<unknown>(this.#queue, { batchSize, ignoreGroups: [...(fullGroups?.() ?? [])] });
      for (const job of jobs) this.#track(this.#do(job));
    } catch (error) {
      this.#log.warn(`No jobs could be taken from the queue "${this.#queue}"; trying again in ${POLL_MS / 1_000} s`, { error });
    }
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => {
      this.#running.delete(work);
      this.wake();
    });
  }

  /** Never rejects: a job whose end could not be recorded expires and comes again. */
  async #do(job: Job): Promise<void> {
    try {
      await this.#handler(job.data);
      await this.#boss.complete(this.#queue, job.id);
    } catch (error) {
      this.#log.warn(`A job of the queue "${this.#queue}" failed; it is tried again a few times`, { job: job.id, error });
      await this.#boss.fail(this.#queue, job.id, { message: "failed" }).catch(() => {});
    }
  }
}
