/** What the nodes that take a JSONata expression have in common. Browser-safe. */
import { z } from "zod";

const MAX_EXPRESSION_CHARACTERS = 10_000;

export const expression = z.string().min(1, "Write an expression.").max(MAX_EXPRESSION_CHARACTERS);

export const expressionTimeoutMs = z.int().min(50).max(30_000).default(2_000);
