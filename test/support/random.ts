/**
 * Randomness that is the same at each run of the same tests; `SEED=7 pnpm test <file>` draws others, and a test that fails prints its seed.
 *
 *     const random = seededRandom();
 *     random.int(0, 10); random.pick(streams); random.chance(0.2);
 */
import { onTestFailed } from "vitest";

export interface Random {
  readonly seed: number;
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** @throws RangeError when `from` is empty */
  pick<T>(from: readonly T[]): T;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A new array in another order. */
  shuffle<T>(items: readonly T[]): T[];
}

/** The variable SEED, if it is a number. Whether a change is good is not to depend on the draw; a seed of their own is for those who look for more. */
export const SEED = Number(process.env.SEED) || 20_261_121;

export function seededRandom(seed = SEED): Random {
  onTestFailed(() => console.log(`This test was random: SEED=${seed} repeats it.`));
  return createRandom(seed);
}

/** The same without a test around it (scripts, hooks). mulberry32: short, and good enough for shuffling faults. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const pick = <T>(from: readonly T[]): T => {
    if (from.length === 0) throw new RangeError("Nothing to pick from.");
    // The index is in range, so this is a T even where T itself includes undefined.
    return from[int(0, from.length - 1)] as T;
  };
  return {
    seed,
    next,
    int,
    pick,
    chance: (probability) => next() < probability,
    shuffle(items) {
      const rest = [...items];
      return items.flatMap(() => rest.splice(int(0, rest.length - 1), 1));
    },
  };
}
