/** What a page shows of the counter, and how each event changes it. Pure and browser-safe. */
import type { EventOf } from "#realtime/topic.ts";
import type { counterTopic } from "./events.ts";

export interface CounterView {
  readonly value: number;
}

export type CounterEvent = EventOf<typeof counterTopic>;

export function reduceCounter(view: CounterView, event: CounterEvent): CounterView {
  switch (event.type) {
    case "counterAdded":
      return { ...view, value: view.value + event.data.by };
  }
}
