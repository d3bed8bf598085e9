/**
 * Whether the session is over: asked, not guessed.
 *
 *   signedIn  --a call was refused, or the socket closed for it--> asking
 *   asking    --it lives (another tab signed in again)--> signedIn, and what was refused goes on
 *   asking    --it is over--> signedOut, with the server's reason
 *   asking    --somebody else is signed in now--> otherUser: this page shows what is not theirs, so it must be loaded again
 *   asking    --no answer--> asks again, later each time
 *   signedOut --check(), after signing in again--> like asking
 *
 * Asking over HTTP is also what renews the cookie, so a page that only listens asks now and then by itself.
 */
import type { SessionEndCause } from "#ws/close-codes.ts";

export type SessionPhase = "signedIn" | "asking" | "signedOut" | "otherUser";

export interface SessionAnswer {
  readonly userId: string | null;
  /** Why it is over; null while it lives. */
  readonly ended: SessionEndCause | null;
}

export interface SessionWatchOptions {
  /** Whose page this is; null: whoever is signed in at the first answer. */
  readonly userId: string | null;
  readonly ask: () => Promise<SessionAnswer>;
  /** The phase or the reason has changed. */
  readonly onChange: () => void;
  /** It lives after all, or again: go on. */
  readonly onResume: () => void;
  readonly delay?: (run: () => void, ms: number) => void;
}

/** What is said, too, of a session of which nothing is known any more. */
const VAGUE: SessionEndCause = "sessionEnded";
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 15_000;

export class SessionWatch {
  readonly #options: SessionWatchOptions;
  #userId: string | null;
  #phase: SessionPhase = "signedIn";
  #reason: SessionEndCause | null = null;
  #asking: Promise<SessionPhase> | null = null;
  #failures = 0;
  /** Until it asks again by itself. */
  #waits = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
    this.#userId = options.userId;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Why the session is over, as far as it is known. */
  get reason(): SessionEndCause | null {
    return this.#reason;
  }

  /** Something was refused as if the session were over. `reason`: what the refusal said. */
  suspect(reason: SessionEndCause | null): void {
    if (this.#phase === "signedIn") {
      this.#set("asking", reason);
      void this.check();
      // The first refusal may know only that it is over; the socket that closes after it knows why.
    } else if (this.#phase !== "otherUser" && reason !== null && (this.#reason ?? VAGUE) === VAGUE) this.#set(this.#phase, reason);
  }

  /** Asks now. Resolves with the phase after it; "asking" when nobody answered. */
  check(): Promise<SessionPhase> {
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  async #ask(): Promise<SessionPhase> {
    try {
      this.#settle(await this.#options.ask());
    } catch {
      this.#unanswered();
    } finally {
      // In the same turn as the answer: a check that comes after it must ask anew.
      this.#asking = null;
    }
    return this.#phase;
  }

  #settle({ userId, ended }: SessionAnswer): void {
    this.#failures = 0;
    this.#userId ??= userId;
    // A session that went with its account leaves nothing to ask: what was heard when it ended says more than that it has.
    if (userId === null) this.#set("signedOut", ended === VAGUE ? (this.#reason ?? ended) : (ended ?? this.#reason ?? "sessionEnded"));
    else if (userId !== this.#userId) this.#set("otherUser", this.#reason);
    else if (this.#phase !== "signedIn") {
      this.#set("signedIn", null);
      this.#options.onResume();
    }
  }

  #unanswered(): void {
    // Nothing was in doubt, or a person asked and will again; or it will be asked anyhow.
    if (this.#phase !== "asking" || this.#waits) return;
    this.#waits = true;
    const waitMs = Math.min(RETRY_FIRST_MS * 2 ** this.#failures++, RETRY_MAX_MS);
    const delay = this.#options.delay ?? setTimeout;
    delay(() => {
      this.#waits = false;
      if (this.#phase === "asking") void this.check();
    }, waitMs);
  }

  #set(phase: SessionPhase, reason: SessionEndCause | null): void {
    if (phase === this.#phase && reason === this.#reason) return;
    this.#phase = phase;
    this.#reason = reason;
    this.#options.onChange();
  }
}
