/** A live store whose server, clock and frames a test moves by hand. */
import { z } from "zod";
import type { LiveHandlers, LiveSource } from "#client/live-source.ts";
import { LiveStore } from "#client/live-store.ts";
import { defineTopic, type LiveEventOf } from "#realtime/topic.ts";

const topic = defineTopic("counter", {
  id: z.string(),
  start: "now",
  retention: { maxAgeMs: 1 },
  events: { added: z.object({ n: z.number() }) },
});
export type Event = LiveEventOf<typeof topic>;
export type View = readonly number[];

export const at = new Date(0);
export const added = (n: number): Event => ({ type: "added", at, data: { n } });
export const resync = (position: string): Event => ({ type: "resync", at, data: { reason: "truncated", position } });

/** A server whose every step the test takes by hand: one stream of numbers, whose event n has the position `e.n`. */
export function setUp(options: { isFinal?: (error: Error) => boolean; reduce?: (view: View, n: number) => View } = {}) {
  const fetches: { resolve(to: number, epoch?: string): void; reject(error: Error): void }[] = [];
  const subscriptions: { after: string; on: LiveHandlers<typeof topic>; open: boolean }[] = [];
  const frames: (() => void)[] = [];
  const delays: (() => void)[] = [];
  const unknown: string[] = [];
  const broken: unknown[] = [];
  const source: LiveSource<typeof topic, View> = {
    topic,
    snapshot: () =>
      new Promise((resolve, reject) => {
        fetches.push({ resolve: (to, epoch = "e") => resolve({ view: range(to), position: `${epoch}.${to}` }), reject });
      }),
    subscribe(after, on) {
      const subscription = { after, on, open: true };
      subscriptions.push(subscription);
      return {
        unsubscribe: () => {
          subscription.open = false;
        },
      };
    },
    reduce: (view, event) => options.reduce?.(view, event.data.n) ?? [...view, event.data.n],
    isFinal: options.isFinal ?? (() => false),
    onUnknownEvent: (type) => unknown.push(type),
    onBrokenReducer: (error) => broken.push(error),
  };
  const later = (list: (() => void)[]) => (run: () => void) => {
    list.push(run);
    return () => {
      const index = list.indexOf(run);
      if (index >= 0) list.splice(index, 1);
    };
  };
  const store = new LiveStore(source, { frame: later(frames), delay: later(delays), now: () => 0 });
  let changes = 0;
  store.listen(() => changes++);
  const last = () => {
    const subscription = subscriptions.at(-1);
    if (!subscription) throw new Error("Nobody has subscribed.");
    return subscription;
  };
  return {
    store,
    fetches,
    subscriptions,
    unknown,
    broken,
    delays,
    last,
    changes: () => changes,
    event: (n: number, epoch = "e") => last().on.onData({ id: `${epoch}.${n}`, data: added(n) }),
    frame: () => runAll(frames),
    wait: () => runAll(delays),
    /** Lets promises settle. */
    settle: () => new Promise<void>((resolve) => setImmediate(resolve)),
    async live(to: number) {
      store.start();
      fetches.at(-1)?.resolve(to);
      await this.settle();
      last().on.onStarted();
    },
  };
}

function runAll(list: (() => void)[]): void {
  for (const run of list.splice(0)) run();
}

export const range = (to: number): View => Array.from({ length: to }, (_, index) => index + 1);
