/**
 * Text that people type, before it reaches the database: Postgres takes no NUL, and half a surrogate pair would become another
 * character on its way. Both are refused by name instead of failing somewhere below.
 */
import { z } from "zod";
import { EMAIL_MAX, WORKFLOW_DESCRIPTION_MAX, WORKFLOW_NAME_MAX } from "./lengths.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0001-\u001f\u007f-\u009f]/;

/** Why the text cannot be stored as it is; null when it can. */
export function textProblem(text: string): string | null {
  if (text.includes("\0")) return "Text cannot hold the character NUL (U+0000).";
  if (!text.isWellFormed()) return "Text cannot hold half a character (a lone surrogate).";
  return null;
}

const storable = (schema: z.ZodString) =>
  schema.superRefine((text, context) => {
    const message = textProblem(text);
    if (message) context.addIssue({ code: "custom", message });
  });

/** One line. */
export const workflowName = storable(
  z.string().trim().min(1, "A name cannot be empty.").max(WORKFLOW_NAME_MAX, `A name has at most ${WORKFLOW_NAME_MAX} characters.`),
).refine((name) => !CONTROL.test(name), { error: "A name is one line, without control characters." });

export const workflowDescription = storable(
  z.string().max(WORKFLOW_DESCRIPTION_MAX, `A description has at most ${WORKFLOW_DESCRIPTION_MAX} characters.`),
);

/** An address as accounts store it. */
export const emailAddress = storable(z.string().trim().toLowerCase().max(EMAIL_MAX)).pipe(z.email("This is no e-mail address."));
