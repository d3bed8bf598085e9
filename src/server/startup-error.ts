/**
 * A reason why the process cannot start that the person at the terminal can do something about. `main.ts`, `dev.ts` and
 * `migrate.ts` print its message alone, without a stack, and exit with code 1; anything else is a bug and keeps its stack.
 */
export class StartupError extends Error {
  override readonly name = "StartupError";
}
