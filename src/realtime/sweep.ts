/**
 * The safety net under NOTIFY: has the hub read on, in case streams have moved without our being told.
 *
 * While LISTEN works it has a fixed budget, so many streams a second in turn, whether ten or ten thousand are idle (HUB3); urgent
 * ones (access, cancel) are all read every 500 ms, because somebody waits for those to stop something. While LISTEN does not work,
 * each round is everything and is the delivery itself (BUS4). Asking for heads first was tried: a third of the time for a thousand
 * idle streams at once, but a second way to find out what a read tells anyhow, a reset and a shortened log included.
 */
import type { Core } from "./core.ts";
import type { Hub } from "./hub.ts";
import { repeat } from "./timing.ts";

const URGENT_MS = 500;

export class Sweep {
  readonly #core: Core;
  readonly #hub: Hub;
  readonly #isUrgent: (stream: string) => boolean;
  readonly #isListening: () => boolean;
  #next = 0;
  #urgentAtMs = 0;

  /** @param isListening whether NOTIFY can be relied on now */
  constructor(core: Core, hub: Hub, isUrgent: (stream: string) => boolean, isListening: () => boolean) {
    this.#core = core;
    this.#hub = hub;
    this.#isUrgent = isUrgent;
    this.#isListening = isListening;
  }

  /** @returns a function that stops it */
  start(): () => void {
    const look = async () => {
      const due = this.#due();
      this.#core.count.swept += due.size;
      this.#hub.catchUp(due);
    };
    return repeat(look, () => this.#core.limits.pollMs);
  }

  #due(): Set<string> {
    const names = this.#hub.names();
    if (!this.#isListening()) return new Set(names);
    const { sweepStreamsPerSecond, pollMs } = this.#core.limits;
    const budget = Math.max(1, Math.floor((sweepStreamsPerSecond * pollMs) / 1_000));
    if (this.#next >= names.length) this.#next = 0;
    const due = names.slice(this.#next, this.#next + budget);
    this.#next += budget;
    if (performance.now() - this.#urgentAtMs < URGENT_MS - pollMs / 2) return new Set(due);
    this.#urgentAtMs = performance.now();
    return new Set([...due, ...names.filter(this.#isUrgent)]);
  }
}
