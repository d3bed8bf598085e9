/** Keeps a claim alive while its run is under way, and stops the run when the claim cannot be kept. */
import type { Runtime } from "#server/runtime.ts";
import { type Claim, LEASE_SECONDS, renewLease } from "./claim.ts";
import { Stop } from "./stop.ts";

const RENEW_MS = 3_000;

/** @returns a function that stops renewing; it resolves when no renewal is under way */
export function holdLease(runtime: Runtime, claim: Claim, stop: (reason: Stop) => void): () => Promise<void> {
  let renewedAt = performance.now();
  let renewing: Promise<void> | null = null;

  async function renew(): Promise<void> {
    const askedAt = performance.now();
    try {
      const answer = await renewLease(runtime, claim.execution.id, claim.fence);
      if (answer === "lost") return stop(new Stop("fenced"));
      renewedAt = askedAt;
      if (answer === "cancelRequested") stop(new Stop("cancelled"));
    } catch (error) {
      runtime.log.warn("A run's claim could not be renewed; trying again", { execution: claim.execution.id, error });
    }
  }

  const timer = setInterval(() => {
    // This process was paused, its event loop stood still, or nobody has answered, for longer than the claim holds: another worker
    // may have the run.
    if (performance.now() - renewedAt > LEASE_SECONDS * 1_000) return stop(new Stop("fenced"));
    renewing ??= renew().finally(() => {
      renewing = null;
    });
  }, RENEW_MS);

  return async () => {
    clearInterval(timer);
    await renewing;
  };
}
