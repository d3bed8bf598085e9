/** What a room's store needs of the world: one subscription, one call, and a name for the tab. Tests hand in their own. */
import type { CallError } from "#client/error-code.ts";
import type { Shown, WorkflowRoomUpdate } from "../events.ts";

export interface RoomHandlers {
  onData(update: WorkflowRoomUpdate): void;
  onError(error: CallError): void;
  onComplete(): void;
  onConnectionStateChange(state: { readonly state: string }): void;
}

export interface RoomSource {
  /** The tab's id; `renew` when a copy of the tab has taken it. */
  readonly tab: { id(): string; renew(): void };
  subscribe(tabId: string, handlers: RoomHandlers): { unsubscribe(): void };
  /** Rejects when it did not arrive; `n` grows with every call. */
  send(tabId: string, n: number, values: Shown): Promise<unknown>;
}
