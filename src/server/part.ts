/** What a feature adds to a running process besides its API. Every one is listed in `src/parts.ts`. */
import type { Topic } from "#realtime/index.ts";
import type { Runtime } from "./runtime.ts";

export interface Part {
  /** What retention looks after. */
  readonly topics?: readonly Topic[];
  /** Registers what it does when something happens in another feature. Runs once, before anything is served. */
  connect?(runtime: Runtime): void;
  /** Its examples for development and browser tests; runs at each start, so it must change nothing the second time. */
  seed?(runtime: Runtime): Promise<void>;
  /**
   * Begins what it does without being asked. `env.role` says whether this process works; `origin` is where the process itself
   * answers, null where it serves no pages. Null: nothing here.
   */
  start?(runtime: Runtime, origin: string | null): Promise<Background | null>;
}

/** Work that goes on until the process stops. */
export interface Background {
  /** Resolves when nothing of it is under way. */
  stop(): Promise<void>;
  /** Numbers for `/metrics`. */
  metrics?(): Readonly<Record<string, number>>;
}

/** Starts them in order. What was started is stopped, all at once, when the stack is disposed. */
export async function startParts(parts: readonly Part[], runtime: Runtime, origin: string | null): Promise<Background & AsyncDisposable> {
  const running: Background[] = [];
  const stop = async () => {
    await Promise.all(running.map((background) => background.stop()));
  };
  try {
    for (const part of parts) {
      const background = await part.start?.(runtime, origin);
      if (background) running.push(background);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop, metrics: () => Object.assign({}, ...running.map((background) => background.metrics?.())), [Symbol.asyncDispose]: stop };
}
