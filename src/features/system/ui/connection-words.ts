import type { Connection } from "#client/connection.ts";
import { FETCH_EVERY_MS } from "#client/open-views.ts";
import { formatItems } from "#ui/format.ts";

type Told = Pick<Connection, "state" | "rttMs" | "retryInMs" | "isCut">;

/**
 * The connection in a few words that are true at this moment; `rest` is what a narrow screen can do without.
 * @param unsent how many changes wait in this page, typed or refused, and not lost
 */
export function connectionParts({ state, rttMs, retryInMs, isCut }: Told, unsent = 0): { short: string; rest: string } {
  const kept = unsent === 0 ? "" : ` · ${formatItems(unsent, "change")} kept`;
  switch (state) {
    case "live":
      return { short: "Live", rest: rttMs === null ? "" : ` ${roundTrip(rttMs)}` };
    case "catchingUp":
      return { short: "Catching up", rest: "" };
    case "withoutDatabase":
      return { short: "No database", rest: kept };
    case "viaHttp":
      return { short: "Via HTTP", rest: `, every ${FETCH_EVERY_MS / 1_000} s` };
    case "connecting":
      return { short: "Connecting", rest: "" };
    case "reconnecting":
      return { short: "Reconnecting", rest: (retryInMs ? ` in ${Math.ceil(retryInMs / 1_000)} s` : "") + kept };
    case "offline":
      return { short: `${isCut ? "Cut off" : "Offline"}${kept}`, rest: "" };
    case "signedOut":
      return { short: "Signed out", rest: ": sign in to go on" };
    case "updateAvailable":
      return { short: "Update available", rest: ": reload" };
  }
}

/** All of it. */
export function connectionWords(told: Told, unsent = 0): string {
  const { short, rest } = connectionParts(told, unsent);
  return short + rest;
}

/** Never `0 ms`, which would say that nothing was measured. */
function roundTrip(rttMs: number): string {
  return `${Math.max(1, Math.round(rttMs))} ms`;
}

/** What the state means for what is on the page. */
export function connectionMeaning({ state, isCut }: Pick<Connection, "state" | "isCut">): string {
  switch (state) {
    case "live":
      return "Every event arrives as it happens.";
    case "catchingUp":
      return "The connection is there. What happened meanwhile is still to come.";
    case "withoutDatabase":
      return "The server is there, but its database does not answer. Nothing stored is lost; what is done now may not count. It goes on by itself when the database is back.";
    case "viaHttp":
      return `The server answers, but no WebSocket gets through to it; a proxy, an extension or a full server can be why. What is shown is fetched anew every ${FETCH_EVERY_MS / 1_000} seconds, and others cannot see where you are.`;
    case "connecting":
      return "What is shown may be of the past for a moment.";
    case "reconnecting":
      return "What runs on the server goes on. What happens meanwhile arrives when the connection is back; nothing is lost.";
    case "offline":
      return isCut
        ? "The split view holds this client off the network. What it misses arrives when it is let back."
        : "This machine has no network. What runs on the server goes on, and what is missed here arrives when it is back.";
    case "signedOut":
      return "The session has ended, here or on another device.";
    case "updateAvailable":
      return "The server is newer than this page. All that is shown is true, but some of it may be missing.";
  }
}
