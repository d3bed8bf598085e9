/**
 * fast-check, drawing the same cases at each run of the same tests: what fails then was made to fail. `SEED=7 pnpm test <file>` draws others.
 *
 *     import fc from "../support/fast-check.ts";
 */
import fc from "fast-check";
import { SEED } from "./random.ts";

fc.configureGlobal({ seed: SEED });

export { default } from "fast-check";
