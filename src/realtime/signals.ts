/**
 * Named wake-ups and broadcasts between processes. Both may be lost, and neither is kept for anybody: whoever waits for a signal looks
 * for itself what there is to do, and a broadcast's text is null after a time in which some may have been missed.
 */
import type { Logger } from "./core.ts";

export class Signals {
  readonly #log: Logger;
  readonly #handlers = new Map<string, Set<(text: string | null) => void>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  on(name: string, handler: (text: string | null) => void): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
    return () => {
      handlers.delete(handler);
      if (handlers.size === 0 && this.#handlers.get(name) === handlers) this.#handlers.delete(name);
    };
  }

  emit(name: string, text: string | null = null): void {
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        handler(text);
      } catch (error) {
        this.#log.error(`A handler of "${name}" threw.`, { error });
      }
    }
  }

  /** After a time in which signals may have been lost. */
  emitAll(): void {
    for (const name of [...this.#handlers.keys()]) this.emit(name);
  }
}
