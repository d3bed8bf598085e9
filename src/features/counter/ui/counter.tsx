"use client";
import { Minus, Plus } from "lucide-react";
import { errorText, isSignedOut, isUnsent } from "#client/error-code.ts";
import { trpc, useApi } from "#client/trpc.ts";
import { useLive } from "#client/use-live.ts";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { LoadingRegion } from "#ui/loading-region.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { Skeleton } from "#ui/skeleton.tsx";
import { type CounterId, counterTopic } from "../events.ts";
import { type CounterEvent, reduceCounter } from "../reduce.ts";

/** One number that everybody shares, and who has moved it since this page was opened. */
export function Counter({ counterId }: { counterId: CounterId }) {
  const api = useApi();
  const counter = useLive({
    key: counterId,
    keepEvents: 10,
    topic: counterTopic,
    snapshot: () => api.counter.get.query({ counterId }),
    subscribe: (lastEventId, on) => api.counter.onChange.subscribe({ counterId, lastEventId }, on),
    reduce: reduceCounter,
  });
  const add = trpc.counter.add.useMutation();
  const refusal = add.error;

  // While nobody is signed in the page stays as it is; the notice above it says why, and it goes on after signing in.
  if (counter.error && counter.status === "error" && !isSignedOut(counter.error)) {
    return (
      <ErrorState title="The counter cannot be read" action={<Button onClick={counter.retry}>Try again</Button>}>
        Nothing was lost; it is stored on the server. {errorText(counter.error)}
      </ErrorState>
    );
  }
  if (!counter.view) {
    return (
      <LoadingRegion label="Loading the counter">
        <Skeleton className="h-12 w-32" />
      </LoadingRegion>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      <div className="flex items-center gap-4">
        <Button size="icon" aria-label="One less" onClick={() => add.mutate({ counterId, by: -1 })}>
          <Minus />
        </Button>
        <output aria-label="Counter" className="min-w-24 text-center text-5xl font-medium tabular-nums">
          {counter.view.value}
        </output>
        <Button size="icon" aria-label="One more" onClick={() => add.mutate({ counterId, by: 1 })}>
          <Plus />
        </Button>
      </div>
      {refusal ? (
        <p role="alert" className="text-xs text-failed">
          {isUnsent(refusal)
            ? "The last press was not sent, for want of a network, and does not count."
            : `The last press may not have counted: ${errorText(refusal)}`}
        </p>
      ) : null}
      <ul aria-label="What happened" className="flex flex-col gap-1 text-muted">
        {counter.events.toReversed().map(({ position, event }) => (
          <li key={position} className="flex gap-2 tabular-nums">
            <span className="w-8 text-right">{whatHappened(event)}</span>
            <span className="truncate text-text">{event.data.userName}</span>
            <RelativeTime at={event.at} className="shrink-0 whitespace-nowrap" />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** In one sign or two. Like the reducer it does not compile while an event has no case. */
function whatHappened(event: CounterEvent): string {
  switch (event.type) {
    case "counterAdded":
      return event.data.by > 0 ? `+${event.data.by}` : `${event.data.by}`;
  }
}
