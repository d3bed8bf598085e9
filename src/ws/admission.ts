/**
 * What one socket may start (WS3): stands between the socket and tRPC's handler as its encoder, so that every operation is
 * seen on its way in and every answer on its way out, and each message is still parsed once.
 *
 * An operation over a limit is answered here, with a tRPC error of its own id, and never reaches the router. The ids under
 * way are known from both directions: one is added when it comes in and leaves with its last answer. (An operation that tRPC
 * cannot parse is answered without an id and keeps its place until the socket closes: no client of ours sends one.)
 */
import { type AnyTRPCRouter, getTRPCErrorShape, TRPCError, transformTRPCResponse } from "@trpc/server";
import { type Encoder, jsonEncoder } from "@trpc/server/adapters/ws";
import { inputProblem } from "./input.ts";
import type { MessageBudget, SocketLimits } from "./limits.ts";

type Kind = "subscription" | "call";
type OperationId = number | string;

interface Operation {
  readonly id: OperationId;
  readonly method: string;
  readonly input: unknown;
}

export interface AdmissionOptions {
  readonly router: AnyTRPCRouter;
  readonly limits: SocketLimits;
  readonly budget: MessageBudget;
  readonly send: (frame: string) => void;
  /** Whether answers pile up unread, as `Backpressure.isFull`. */
  readonly isFull: () => boolean;
  /** The socket sends more than it may; nothing more will be let in. */
  readonly onFlood: () => void;
}

export class Admission implements Encoder {
  readonly #options: AdmissionOptions;
  readonly #open = new Map<OperationId, Kind>();
  /** Told to stop but not yet stopped: their ids are taken, but they no longer count. */
  readonly #stopping = new Set<OperationId>();
  readonly #onIdle = new Set<() => void>();
  #shut = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  get subscriptions(): number {
    return this.#count("subscription");
  }

  /** Stops letting anything in: the socket is being closed. */
  shut(): void {
    this.#shut = true;
  }

  /** Resolves once nothing is under way, or after `timeoutMs`. */
  whenIdle(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#onIdle.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#onIdle.add(done);
      this.#tellIdle();
    });
  }

  decode(data: string | ArrayBuffer | Uint8Array): unknown {
    // Frames are counted where they arrive, PING and malformed ones included; here what a batch holds.
    if (this.#shut) return [];
    const message = jsonEncoder.decode(data);
    if (!Array.isArray(message)) return this.#admit(message) ? message : [];
    if (!this.spend(message.length)) return [];
    // Over the batch size tRPC's handler refuses all of them by name; nothing of such a batch starts.
    if (message.length > this.maxBatchSize) return message;
    return message.filter((each) => this.#admit(each));
  }

  encode(message: unknown): string {
    const frame = jsonEncoder.encode(message);
    const answer = answerOf(message);
    if (answer && (answer.last || this.#open.get(answer.id) === "call")) {
      // tRPC frees the id before this answer, so that the client may use it again at once.
      this.#open.delete(answer.id);
      this.#stopping.delete(answer.id);
      this.#tellIdle();
      // Once it has been sent: the last answer that a socket asked for counts too.
      queueMicrotask(this.#options.isFull);
    }
    return frame as string; // jsonEncoder makes text; the type allows binary encoders
  }

  /** A page that replaces all its subscriptions stops and starts as many in one message. */
  get maxBatchSize(): number {
    return this.#options.limits.subscriptionsPerSocket * 2;
  }

  /** False, from then on for ever, when the socket has sent more than it may. */
  spend(count: number): boolean {
    if (this.#shut) return false;
    if (this.#options.budget.take(count)) return true;
    this.#shut = true;
    this.#options.onFlood();
    return false;
  }

  #admit(message: unknown): boolean {
    const operation = operationOf(message);
    // Not an operation: tRPC's handler answers what it is instead.
    if (!operation) return true;
    const { id, method } = operation;
    if (method === "subscription.stop") {
      if (this.#open.get(id) === "subscription") this.#stopping.add(id);
      return true;
    }
    if (this.#open.has(id)) return this.#refuse(operation, "BAD_REQUEST", `The id ${id} is already in use on this socket.`);
    const kind: Kind = method === "subscription" ? "subscription" : "call";
    const { subscriptionsPerSocket, callsPerSocket } = this.#options.limits;
    const limit = kind === "subscription" ? subscriptionsPerSocket : callsPerSocket;
    if (this.#count(kind) >= limit)
      return this.#refuse(operation, "TOO_MANY_REQUESTS", `A socket carries at most ${limit} ${kind}s at a time; stop one first.`);
    // A subscription waits by itself; an answer cannot, and would be kept in memory for as long as nobody reads.
    if (kind === "call" && this.#options.isFull())
      return this.#refuse(operation, "TOO_MANY_REQUESTS", "This socket does not read its answers; read them, then ask again.");
    // By tRPC it would be refused without its id, and with it all others of its batch.
    const problem = inputProblem(operation.input);
    if (problem) return this.#refuse(operation, "BAD_REQUEST", problem);
    this.#open.set(id, kind);
    return true;
  }

  #count(kind: Kind): number {
    let count = 0;
    for (const [id, each] of this.#open) if (each === kind && !this.#stopping.has(id)) count++;
    return count;
  }

  #refuse(operation: Operation, code: TRPCError["code"], message: string): false {
    const config = this.#options.router._def._config;
    const error = getTRPCErrorShape({
      config,
      error: new TRPCError({ code, message }),
      type: "unknown",
      path: undefined,
      input: undefined,
      ctx: undefined,
    });
    this.#options.send(JSON.stringify(transformTRPCResponse(config, { id: operation.id, error })));
    return false;
  }

  #tellIdle(): void {
    if (this.#open.size === 0) for (const done of [...this.#onIdle]) done();
  }
}

function operationOf(message: unknown): Operation | null {
  if (typeof message !== "object" || message === null || !("id" in message) || !("method" in message)) return null;
  const { id, method } = message;
  const params = "params" in message ? message.params : null;
  const input = typeof params === "object" && params !== null && "input" in params ? params.input : undefined;
  if (typeof method !== "string" || !["query", "mutation", "subscription", "subscription.stop"].includes(method)) return null;
  return typeof id === "number" || typeof id === "string" ? { id, method, input } : null;
}

/** Whom an outgoing message answers; `last`: with an error or the end of a subscription. A call has one answer only. */
function answerOf(message: unknown): { readonly id: OperationId; readonly last: boolean } | null {
  if (typeof message !== "object" || message === null || !("id" in message)) return null;
  const { id } = message;
  if (typeof id !== "number" && typeof id !== "string") return null;
  const result = "result" in message ? message.result : null;
  const stopped = typeof result === "object" && result !== null && "type" in result && result.type === "stopped";
  return { id, last: stopped || "error" in message };
}
