import type { Credentials } from "./sign-in.ts";

/** What development seeds (see ../seed.ts, which a page may not import); the browser tests sign in through them. */
export const demoAccounts: readonly Credentials[] = ["one@example.com", "two@example.com"].map((email) => ({
  email,
  password: "heliograph",
}));
