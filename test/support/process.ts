/**
 * A process of the project, as a person or a container would start it: own environment, own folder to run in (so that a `.env` of
 * the checkout does not change the test), what it prints, how it ends. Disposing kills it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { eventually } from "./eventually.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** What takes a second alone: several start at once, on a machine that may have a lot else to do. */
const START_MS = 90_000;

export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  /** Everything printed so far, both streams. */
  output(): string;
  /** Waits for a match in the output, as long as a process may take to start. @throws Error with the output when the time is over or the process ends before */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
  write(text: string): void;
}

/**
 * @param file relative to the project's root, or absolute
 * @param env all of it but PATH and HOME: nothing of the test run's own environment gets in
 */
export function startProcess(file: string, env: Record<string, string> = {}, args: readonly string[] = []): TestProcess {
  const inherited = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
  const child: ChildProcess = spawn(process.execPath, [resolve(ROOT, file), ...args], {
    cwd: tmpdir(),
    // Next's types make NODE_ENV a must in every environment; here it is part of what is tested.
    env: { ...inherited, ...env } as unknown as NodeJS.ProcessEnv,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  child.stdin?.on("error", () => {}); // it may end before it has read everything
  let ended = false;
  const exited = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      ended = true;
      resolve(code);
    });
  });
  return {
    pid: child.pid ?? -1,
    output: () => text,
    exited,
    kill: (signal) => void child.kill(signal),
    write: (input) => void child.stdin?.write(input),
    waitFor: (pattern) =>
      eventually(
        () => {
          const match = pattern.exec(text);
          if (match === null && ended) throw new Error(`it ended first and printed:\n${text}`);
          if (match === null) throw new Error(`it has printed:\n${text}`);
          return match;
        },
        { timeoutMs: START_MS, what: `${file} to print ${pattern}` },
      ),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
