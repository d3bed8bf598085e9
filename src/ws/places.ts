/** Counts what each owner holds open, up to a limit. */
export class Places {
  readonly #perOwner: number;
  readonly #taken = new Map<string, number>();

  constructor(perOwner: number) {
    this.#perOwner = perOwner;
  }

  /** Takes one of the owner's places; returns how to give it back, once, or null when all are taken. */
  take(owner: string): (() => void) | null {
    const count = this.#taken.get(owner) ?? 0;
    if (count >= this.#perOwner) return null;
    this.#taken.set(owner, count + 1);
    return () => {
      const rest = (this.#taken.get(owner) ?? 1) - 1;
      if (rest > 0) this.#taken.set(owner, rest);
      else this.#taken.delete(owner);
    };
  }
}
