/**
 * Who has this process's places for runs. One person's long runs must not keep everybody else waiting, so somebody may take one
 * more only while they have fewer than are free: alone one gets half of them, the next one half of the rest, and a newcomer finds
 * a place until several people have filled theirs. No process asks another: each shares out its own.
 */
export class Shares {
  readonly #places: number;
  readonly #taken = new Map<string, number>();
  #running = 0;

  constructor(places: number) {
    this.#places = places;
  }

  get free(): number {
    return this.#places - this.#running;
  }

  /** Who may not take another one now; whoever has none is not among them. */
  get full(): string[] {
    return [...this.#taken].filter(([, count]) => count >= this.free).map(([person]) => person);
  }

  /**
   * Takes a place; returns how to give it back, once, or null when there is none for this person.
   * @param person null: the system's own, which no share limits
   */
  take(person: string | null): (() => void) | null {
    const count = person === null ? 0 : (this.#taken.get(person) ?? 0);
    if (count >= this.free) return null;
    this.#running++;
    if (person !== null) this.#taken.set(person, count + 1);
    return () => {
      this.#running--;
      if (person === null) return;
      const rest = (this.#taken.get(person) ?? 1) - 1;
      if (rest > 0) this.#taken.set(person, rest);
      else this.#taken.delete(person);
    };
  }
}
