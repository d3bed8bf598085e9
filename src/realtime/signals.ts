/** Named wake-ups between processes. They carry nothing and may be lost or repeated, so handlers look for themselves what there is to do. */
import type { Logger } from "./core.ts";

export class Signals {
  readonly #log: Logger;
  readonly #handlers = new Map<string, Set<() => void>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  on(name: string, handler: () => void): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
    return () => {
      handlers.delete(handler);
      if (handlers.size === 0 && this.#handlers.get(name) === handlers) this.#handlers.delete(name);
    };
  }

  emit(name: string): void {
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        handler();
      } catch (error) {
        this.#log.error(`A handler of the signal "${name}" threw.`, { error });
      }
    }
  }

  /** After a time in which signals may have been lost. */
  emitAll(): void {
    for (const name of [...this.#handlers.keys()]) this.emit(name);
  }
}
