/** Storing and comparing passwords. */
import { randomUUID } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { AppError } from "#server/errors.ts";
import { PASSWORD_MAX, PASSWORD_MIN } from "./lengths.ts";

/** OWASP's second choice for argon2id (which the package takes by default): 19 MiB, two passes, about 10 ms. */
const hashing = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** @throws AppError INVALID when it is too short or too long */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < PASSWORD_MIN || password.length > PASSWORD_MAX)
    throw new AppError("INVALID", `A password has ${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`);
  return hash(password, hashing);
}

let decoy: Promise<string> | null = null;

/** Whether it is the password; `stored` null: never, but it takes as long, so that time does not tell who has an account. */
export async function passwordMatches(stored: string | null, password: string): Promise<boolean> {
  decoy ??= hash(randomUUID(), hashing);
  const matches = await verify(stored ?? (await decoy), password.slice(0, PASSWORD_MAX + 1));
  return stored !== null && matches;
}
