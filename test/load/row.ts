/**
 * What a row of `pnpm bench` is given and gives. A new row is a new file in `rows/`, whose default export is made by `defineRow`.
 *
 * Servers are processes of their own, on 127.0.0.1; clients live in the process of the bench. Everything a row starts it hands to
 * `bench.use`, which ends it, also when the row fails or takes too long.
 */
import type { LoadServer, LoadServerOptions } from "./server-handle.ts";

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** "ms", "/s", "kB"; "x" for a ratio of two figures of this run. */
  readonly unit: string;
}

export interface Bench {
  /** A migrated database of this row's own, on a Postgres that stores durably. */
  readonly databaseUrl: string;
  startServer(options?: LoadServerOptions): Promise<LoadServer>;
  /** Ends it after the row, last first. */
  use<T extends AsyncDisposable>(resource: T): T;
}

export interface Row {
  /** What is measured, in a few words. */
  readonly title: string;
  /** The row is given up after this. @default 90_000 */
  readonly timeoutMs?: number;
  run(bench: Bench): Promise<readonly Figure[]>;
}

export function defineRow(row: Row): Row {
  return row;
}

/** The value below which this share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Runs `work` for each, at most `width` at a time. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const one = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: width }, one));
}
