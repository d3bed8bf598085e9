/** What a page can know of its client's connection at one moment. */
import type { SessionEndCause } from "#ws/close-codes.ts";

export type ConnectionPhase =
  | "live"
  | "catchingUp"
  | "withoutDatabase"
  | "connecting"
  | "reconnecting"
  | "viaHttp"
  | "offline"
  | "signedOut"
  | "updateAvailable";

export interface ConnectionState {
  readonly state: ConnectionPhase;
  /** The last measured round trip of this socket; null before the first. */
  readonly rttMs: number | null;
  /** The newest measurements, oldest first; at most 60. */
  readonly rttHistory: readonly number[];
  /** Until the next attempt begins by itself; null when none is waiting. */
  readonly retryInMs: number | null;
  /** Which server process answers; null until it has said so. */
  readonly instanceId: string | null;
  readonly version: string | null;
  /** When the last message came, by this machine's clock. */
  readonly lastEventAt: Date | null;
  /** How often a lost connection was taken up again. */
  readonly resumes: number;
  /** True while the split view's switch holds this client off the network. */
  readonly isCut: boolean;
  /** Why the last socket closed; null when it never did, or for no known reason. */
  readonly closeReason: string | null;
  /** While signed out: why, and whether somebody else is signed in by now, so that only loading the page again helps. */
  readonly signedOut: { readonly reason: SessionEndCause; readonly otherUser: boolean } | null;
}

export const initialState: ConnectionState = {
  state: "connecting",
  rttMs: null,
  rttHistory: [],
  retryInMs: null,
  instanceId: null,
  version: null,
  lastEventAt: null,
  resumes: 0,
  isCut: false,
  closeReason: null,
  signedOut: null,
};
