/** The live views of a client: whether all have begun, and fetching them anew where nothing tells what changed. */
export interface OpenView {
  /** Waits for its stream to begin again. */
  isBehind(): boolean;
  refresh(): void;
}

/** How old a view may be where no socket gets through. */
export const FETCH_EVERY_MS = 5_000;
/** A view that begins sooner than that is not worth a word. */
const BEHIND_AFTER_MS = 500;

export class OpenViews {
  /** With when each was first seen waiting; null: it does not. */
  readonly #views = new Map<OpenView, number | null>();
  #behind = false;
  #fetchedAt = Number.NEGATIVE_INFINITY;

  /** As of the last look: one has been waiting for longer than a moment. */
  get areBehind(): boolean {
    return this.#behind;
  }

  /** @returns how to take it out */
  add(view: OpenView): () => void {
    this.#views.set(view, null);
    return () => this.#views.delete(view);
  }

  /**
   * To be called a few times a second.
   * @param nowMs by a clock that nobody sets
   * @param fetching whether events do not come, so that views are fetched instead
   */
  look(nowMs: number, fetching: boolean): void {
    this.#behind = false;
    for (const [view, since] of this.#views) {
      const from = view.isBehind() ? (since ?? nowMs) : null;
      this.#views.set(view, from);
      if (from !== null && nowMs - from >= BEHIND_AFTER_MS) this.#behind = true;
    }
    if (!fetching || nowMs - this.#fetchedAt < FETCH_EVERY_MS) return;
    this.#fetchedAt = nowMs;
    for (const view of [...this.#views.keys()]) view.refresh();
  }
}
