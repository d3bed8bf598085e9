/** Whether the database answers: one question at a time and few of them, however many pages want to know. */
import { withDeadline } from "#realtime/timing.ts";

/** Younger answers are given again. */
const FRESH_MS = 1_000;
/** A database that takes longer for nothing does not answer, as far as somebody who waits for a page is concerned. */
const DEADLINE_MS = 1_500;

/** @param ask resolves when the database answers; may take as long as it likes */
export function createDatabaseProbe(ask: () => Promise<unknown>): () => Promise<boolean> {
  let answer: Promise<boolean> | null = null;
  let askedAt = 0;
  let answeredAt: number | null = null;

  return async () => {
    const now = performance.now();
    if (answer === null || (answeredAt !== null && now - answeredAt >= FRESH_MS)) {
      askedAt = now;
      answeredAt = null;
      answer = ask().then(
        () => true,
        () => false,
      );
      void answer.then(() => {
        answeredAt = performance.now();
      });
    }
    if (answeredAt !== null) return answer;
    return withDeadline(answer, Math.max(0, askedAt + DEADLINE_MS - performance.now())).catch(() => false);
  };
}
