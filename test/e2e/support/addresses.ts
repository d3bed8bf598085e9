/**
 * Where the two servers of the browser tests are: `const { one, two } = addresses()`. Pages on `one` and `two` show the same database.
 * `baseURL` is `one`, so `page.goto("/sign-in")` goes there.
 */
export interface Addresses {
  readonly one: string;
  readonly two: string;
}

export const DEMO = { one: "one@example.com", two: "two@example.com", password: "heliograph" } as const;

/** @throws Error outside a run of `pnpm test:e2e`, whose configuration chooses them */
export function addresses(): Addresses {
  const { E2E_ONE: one, E2E_TWO: two } = process.env;
  if (!one || !two) throw new Error("Browser tests run by `pnpm test:e2e`.");
  return { one, two };
}
