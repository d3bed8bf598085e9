/**
 * Named messages between processes: wake-ups, and broadcasts with a text. Both may be lost, and neither is kept for anybody: after a time
 * in which some may have been missed, whoever waits for one is told so, and looks for itself what there is to do.
 */
import type { Logger } from "./core.ts";
import { MAX_PAYLOAD_BYTES } from "./doorbell.ts";
import { RealtimeError } from "./errors.ts";

const NAME = /^[\x21-\x7e]{1,128}$/;
/** How they travel; hints are JSON. */
const PAYLOAD = /^@(\S+) (.*)$/s;

/** @param text null: some may have been missed */
export type SignalHandler = (text: string | null) => void;

/** @throws RealtimeError INVALID_TOPIC, EVENT_TOO_LARGE */
export function signalPayload(name: string, text = ""): string {
  if (!NAME.test(name)) throw new RealtimeError("INVALID_TOPIC", `"${name.slice(0, 60)}" cannot be the name of a signal.`);
  const payload = `@${name} ${text}`;
  if (Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES) return payload;
  throw new RealtimeError("EVENT_TOO_LARGE", `A broadcast of "${name}" is too large.`);
}

export class Signals {
  readonly #log: Logger;
  readonly #handlers = new Set<readonly [name: string, handler: SignalHandler]>();

  constructor(log: Logger) {
    this.#log = log;
  }

  on(name: string, handler: SignalHandler): () => void {
    const entry = [name, handler] as const;
    this.#handlers.add(entry);
    return () => void this.#handlers.delete(entry);
  }

  /** @param payload null: some may have been missed. @returns whether it is a signal's */
  hear(payload: string | null): boolean {
    const [, heard, text = null] = PAYLOAD.exec(payload ?? "") ?? [];
    if (payload !== null && heard === undefined) return false;
    for (const [name, handler] of this.#handlers) {
      if (payload !== null && heard !== name) continue;
      try {
        handler(text);
      } catch (error) {
        this.#log.error(`A handler of "${name}" threw.`, { error });
      }
    }
    return payload !== null;
  }
}
