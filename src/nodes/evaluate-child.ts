/** A server's hold on one child process that evaluates expressions: starts it, asks it one thing at a time, ends it by force. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EvaluateAnswer, EvaluateTask } from "./evaluate-process.ts";

const SCRIPT = fileURLToPath(new URL("./evaluate-process.ts", import.meta.url));
/** Deep enough for any sane recursion, and less than the 8 MB that systems give a process. */
const STACK_KB = 3_900;

/** The process ended while it was at work, by itself or by the system's hand. */
export class ChildLost extends Error {
  override readonly name = "ChildLost";
}

export class EvaluateChild {
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;
  #alive = true;

  private constructor(memoryMb: number) {
    this.#process = fork(SCRIPT, {
      execArgv: [`--max-old-space-size=${memoryMb}`, `--stack-size=${STACK_KB}`],
      // Users' code has no business with the server's environment.
      env: { NODE_ENV: "production" },
      // Keeps `undefined`, which JSON does not.
      serialization: "advanced",
      // V8 writes a page of text before it aborts.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gone = promise;
    const end = () => {
      this.#alive = false;
      resolve();
    };
    this.#process.once("exit", end);
    // A process that could not be started never exits; other errors come before an exit, or with one.
    this.#process.on("error", () => this.#process.pid === undefined && end());
  }

  /** @throws Error when the system gives no process, and the signal's reason */
  static async start(memoryMb: number, signal: AbortSignal): Promise<EvaluateChild> {
    const child = new EvaluateChild(memoryMb);
    try {
      await child.#message(signal);
      return child;
    } catch (error) {
      await child.kill();
      if (!(error instanceof ChildLost)) throw error;
      throw new Error("The process that evaluates expressions could not be started.", { cause: error });
    }
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** One at a time. @throws ChildLost, or the signal's reason; the process may still be at work then, so kill it */
  ask(task: EvaluateTask, signal: AbortSignal): Promise<EvaluateAnswer> {
    const answer = this.#message<EvaluateAnswer>(signal);
    // One that cannot be sent is told by the process's end.
    this.#process.send(task, () => {});
    return answer;
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#gone;
  }

  async #message<Message>(signal: AbortSignal): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    // The script is ours and answers in one shape; what the expression makes is inside of it.
    const onMessage = (message: unknown) => resolve(message as Message);
    const onAbort = () => reject(signal.reason);
    this.#process.once("message", onMessage);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    void this.#gone.then(() => reject(new ChildLost("The process that evaluates expressions ended.")));
    try {
      return await promise;
    } finally {
      this.#process.off("message", onMessage);
      signal.removeEventListener("abort", onAbort);
    }
  }
}
