/**
 * Randomness that can be repeated. A test that fails prints its seed; `SEED=<that> pnpm test <file>` runs the same again.
 *
 *     const random = seededRandom();
 *     random.int(0, 10); random.pick(streams); random.chance(0.2);
 */
import { randomInt } from "node:crypto";
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

/** @param seed @default the variable SEED, else a random one */
export function seededRandom(seed = Number(process.env.SEED) || randomInt(1, 2 ** 31)): Random {
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
