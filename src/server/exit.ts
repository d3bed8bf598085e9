/** How a process ends: with one sentence where a person can do something, with a stack where it is our bug. */
import { errorText } from "./logger.ts";
import { StartupError } from "./startup-error.ts";

/**
 * A reader of our output that goes away (a closed terminal, `| head`) must not end us or, with Next loaded, spin on failed
 * writes for ever: nobody is left to be told.
 */
export function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

/** Awaits `work`; prints why it failed and exits with code 1 when it does. */
export async function exitOnFailure(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    printFailure(error);
    process.exit(1);
  }
}

export function printFailure(error: unknown): void {
  process.stderr.write(`${error instanceof StartupError ? error.message : errorText(error)}\n`);
}
