/** What the split view and the clients it shows say to each other. Both are pages of this app, on one origin. */
import type { Connection } from "#client/connection.ts";

/** From the split view: be cut off, or not. */
export interface CutOrder {
  readonly type: "heliograph.cut";
  readonly cut: boolean;
}

/** From a client: how its connection is; sent whenever that changes. */
export interface ConnectionReport {
  readonly type: "heliograph.connection";
  readonly connection: Pick<Connection, "state" | "rttMs" | "retryInMs" | "isCut" | "resumes">;
}

export function isCutOrder(event: MessageEvent): event is MessageEvent<CutOrder> {
  return event.origin === window.location.origin && event.source === window.parent && event.data?.type === "heliograph.cut";
}

export function isConnectionReport(event: MessageEvent, from: Window | null | undefined): event is MessageEvent<ConnectionReport> {
  return event.origin === window.location.origin && event.source === from && event.data?.type === "heliograph.connection";
}
