/** Tabs on a workflow, over a real socket: what each was told, folded by the page's own store. */
import { randomUUID } from "node:crypto";
import type { Shown } from "#features/presence/events.ts";
import { RoomStore } from "#features/presence/ui/room-store.ts";
import { type Client, createClient } from "./servers.ts";

export interface RoomTab extends AsyncDisposable {
  readonly room: RoomStore;
  readonly tabId: string;
  readonly client: Client;
  /** Ids of the tabs it is told of, sorted. */
  tabs(): string[];
  leave(): void;
}

export function openTab(origin: string, { cookie }: { readonly cookie: string }, workflowId: string): RoomTab {
  let tabId: string = randomUUID();
  const client = createClient(origin, cookie);
  const { presence } = client.api;
  const room = new RoomStore({
    tab: { id: () => tabId, renew: () => (tabId = randomUUID()) },
    subscribe: (id, handlers) => presence.onChange.subscribe({ workflowId, tabId: id }, handlers),
    send: (id, n, values: Shown) => presence.set.mutate({ workflowId, tabId: id, n, ...values }, { context: { overSocket: true } }),
  });
  const leave = room.start();
  return {
    room,
    client,
    get tabId() {
      return tabId;
    },
    tabs: () => [...room.members.keys()].sort(),
    leave,
    async [Symbol.asyncDispose]() {
      leave();
      await client[Symbol.asyncDispose]();
    },
  };
}
