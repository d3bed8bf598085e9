/**
 * The safety net under NOTIFY: has the hub read on, in case streams have moved without our being told.
 *
 * While LISTEN works it has a fixed budget, so many streams a second in turn, whether ten or ten thousand are idle (HUB3); urgent
 * ones (access, say) are all read every 500 ms, because somebody waits for those to stop something. While LISTEN does not work,
 * each round is everything and is the delivery itself (BUS4). Asking for heads first was tried: a third of the time for a thousand
 * idle streams at once, but a second way to find out what a read tells anyhow, a reset and a shortened log included.
 */
import type { Core } from "./core.ts";
import type { Hub } from "./hub.ts";
import { MAX_STREAMS_PER_READ } from "./read.ts";
import { repeat, withDeadline } from "./timing.ts";

const URGENT_MS = 500;
/** No stream that does not come to rest holds the others up for longer. */
const PORTION_MS = 100;

/**
 * @param isUrgent whether somebody waits for this stream to stop something
 * @param isListening whether NOTIFY can be relied on now
 * @returns a function that stops it
 */
export function startSweeping(core: Core, hub: Hub, isUrgent: (stream: string) => boolean, isListening: () => boolean): () => void {
  const { sweepStreamsPerSecond, pollMs } = core.limits;
  const budget = Math.max(1, Math.floor((sweepStreamsPerSecond * pollMs) / 1_000));
  const urgentRounds = Math.max(1, Math.round(URGENT_MS / pollMs));
  let [round, next] = [0, 0];

  function due(): Set<string> {
    const names = hub.names();
    if (!isListening()) return new Set(names);
    if (next >= names.length) next = 0;
    const inTurn = names.slice(next, next + budget);
    next += budget;
    return new Set(round++ % urgentRounds === 0 ? [...inTurn, ...names.filter(isUrgent)] : inTurn);
  }

  return repeat(
    async () => {
      for (const streams = [...due()]; streams.length > 0; ) {
        // One portion at a time: who subscribes during a round over thousands waits for one, and not for all.
        const portion = streams.splice(0, MAX_STREAMS_PER_READ);
        core.count.swept += portion.length;
        await withDeadline(hub.catchUp(portion), PORTION_MS).catch(() => {});
      }
    },
    () => pollMs,
  );
}
